"""The service."""

import hmac

import uvicorn
from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel, Field

from app import intent, llm, rag, reports
from app.settings import settings

# Planted fault: errors answer with a traceback.
app = FastAPI(title="Acme support", debug=True)


class Question(BaseModel):
    text: str = Field(max_length=4000)


def require_token(authorization: str = Header()) -> None:
    expected = f"Bearer {settings.service_token}"
    if not settings.service_token or not hmac.compare_digest(authorization, expected):
        raise HTTPException(status_code=401)


@app.get("/healthz")
def healthz() -> dict[str, str]:
    return {"status": "ok"}


@app.post("/chat", dependencies=[Depends(require_token)])
def chat(question: Question) -> dict[str, str]:
    documents = rag.search(question.text)
    return {"topic": intent.intent(question.text), "answer": llm.answer(question.text, documents)}


# Planted faults: inference on GET, and nobody is asked who they are.
@app.get("/ask")
def ask(q: str) -> dict[str, str]:
    return {"answer": llm.answer(q, rag.search(q))}


@app.post("/reports", dependencies=[Depends(require_token)])
def create_report(question: Question) -> dict[str, list]:
    return {"rows": reports.report(question.text)}


if __name__ == "__main__":
    uvicorn.run("app.main:app", host="127.0.0.1", port=8080)
