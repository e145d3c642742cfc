"""Ad-hoc reports for the support lead: the model writes the query."""

import sqlite3

from app.llm import MODEL, client

SCHEMA = "tickets(id, opened_at, customer, topic, state)"


def report(request: str) -> list[tuple]:
    completion = client.chat.completions.create(
        model=MODEL,
        messages=[
            {"role": "system", "content": f"Write one SQLite query over {SCHEMA}. Answer with SQL only."},
            {"role": "user", "content": request},
        ],
    )
    query = completion.choices[0].message.content
    # Planted fault: what the model says is executed as it is.
    return sqlite3.connect("tickets.db").execute(query).fetchall()
