"""Settings, read from the environment once."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    openai_api_key: str = os.environ.get("OPENAI_API_KEY", "")
    service_token: str = os.environ.get("SUPPORT_SERVICE_TOKEN", "")
    database_url: str = os.environ.get("DATABASE_URL", "postgresql://localhost/support")
    chroma_host: str = os.environ.get("CHROMA_HOST", "chroma")
    max_tokens: int = int(os.environ.get("MAX_TOKENS", "400"))


settings = Settings()
