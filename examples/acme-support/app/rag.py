"""Retrieval: the folder of documents in a Chroma collection."""

from pathlib import Path

import chromadb

from app.settings import settings

DOCUMENTS = Path("documents")

client = chromadb.HttpClient(host=settings.chroma_host, port=8000)
collection = client.get_or_create_collection("support-documents")


def index() -> int:
    pages = sorted(DOCUMENTS.glob("*.md"))
    collection.upsert(
        ids=[page.name for page in pages],
        documents=[page.read_text(encoding="utf-8") for page in pages],
    )
    return len(pages)


def search(question: str, count: int = 3) -> list[str]:
    found = collection.query(query_texts=[question], n_results=count)
    return found["documents"][0]
