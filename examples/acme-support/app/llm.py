"""The hosted model."""

from openai import OpenAI

from app.prompts import ANSWER_TEMPLATE, SUMMARY_PROMPT, SYSTEM_PROMPT
from app.settings import settings

MODEL = "gpt-4o-mini"

client = OpenAI(api_key=settings.openai_api_key, timeout=20, max_retries=2)


def answer(question: str, documents: list[str]) -> str:
    prompt = ANSWER_TEMPLATE.format(documents="\n---\n".join(documents), question=question)
    completion = client.chat.completions.create(
        model=MODEL,
        max_tokens=settings.max_tokens,
        messages=[
            {"role": "system", "content": SYSTEM_PROMPT},
            {"role": "user", "content": prompt},
        ],
    )
    return completion.choices[0].message.content or ""


def summarise(conversation: str) -> str:
    completion = client.chat.completions.create(
        model=MODEL,
        max_tokens=200,
        messages=[
            {"role": "system", "content": SUMMARY_PROMPT},
            {"role": "user", "content": conversation},
        ],
    )
    return completion.choices[0].message.content or ""
