"""Chooses how a model is asked. Importing this module loads pydantic-ai, which takes over a second: pages never do."""

from core.providers.connections import ProviderConnection
from core.providers.probing.asking import Asker
from core.providers.probing.chat_asker import ChatAsker
from core.providers.probing.model_asker import ModelAsker
from core.providers.types.base import CallParts

# As `core.tasks.linting.providers.Dialect` names it: there runs send schemas in OpenAI's strict manner.
_STRICT = "openai"


def build_asker(connection: ProviderConnection, model_name: str, parts: CallParts) -> Asker:
    """Return what asks a model of a provider. Raises: ImportError: the type's packages are missing."""
    kind, dialect = connection.kind, connection.find_dialect(model_name)
    client = kind.open_client(parts)
    if kind.speaks_openai:
        is_strict = kind.find_lint_dialect(connection.base_url) == _STRICT
        return ChatAsker(client, model_name=model_name, dialect=dialect, is_strict=is_strict)
    return ModelAsker(kind.build_model(client, model_name=model_name, dialect=dialect))
