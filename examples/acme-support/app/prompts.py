"""Prompt templates of the assistant."""

from pathlib import Path

SYSTEM_PROMPT = (Path(__file__).parent.parent / "prompts" / "system.md").read_text(encoding="utf-8")

ANSWER_TEMPLATE = """Answer the customer from the documents below. If they do not say, tell the customer so
and offer to open a ticket.

Documents:
{documents}

Question:
{question}
"""

SUMMARY_PROMPT = """Summarise the conversation for the support engineer in three sentences.
Leave out names, addresses and order numbers."""
