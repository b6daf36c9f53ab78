"""How a provider is called: at which address, in whose dialect, and under which name a schema is sent."""

import re
from typing import Final
from urllib.parse import urlsplit

from core.providers.records import ProviderType

OPENAI_HOST: Final = "api.openai.com"


def chat_url(provider_type: ProviderType, base_url: str) -> str:
    """Return the base URL of the OpenAI-style API of a provider."""
    return base_url + "/v1" if provider_type is ProviderType.OLLAMA else base_url


def is_openai(base_url: str) -> bool:
    """Say whether this is OpenAI itself, whose dialect other servers do not all understand."""
    return urlsplit(base_url).hostname == OPENAI_HOST


def schema_name(task_name: str) -> str:
    """Return a name servers accept for a schema: letters, digits, _ and -, at most 64."""
    slug = re.sub(r"[^A-Za-z0-9_-]+", "_", task_name).strip("_")
    return slug[:64] or "answer"
