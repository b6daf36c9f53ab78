"""The small model that comes along."""

from typing import TYPE_CHECKING, ClassVar

from core.providers.builtin import availability
from core.providers.builtin_server import CONTEXT_TOKENS, MODEL_NAME
from core.providers.dialects import MaxTokensField, SchemaSupport, ServerDialect, Support
from core.providers.listings import ListedModel
from core.providers.types.base import Caller, CallParts, KeyUse, ProviderType, SdkClient

if TYPE_CHECKING:
    from pydantic_ai.models import Model


class BuiltinType(ProviderType):
    """Answers from a process of Benchtop's own; address and key are made anew each time it starts."""

    name = "builtin"
    label = "Built-in model"
    position = 10
    note = (
        "A small model that comes with Benchtop and runs on this machine. It needs no address and no key. It is often "
        "wrong: it shows that everything works, never that an agent is good."
    )
    server_noun = "the built-in model"
    has_address = False
    key = KeyUse.NONE
    is_small = True
    lists_all = True
    models: ClassVar = (ListedModel(name=MODEL_NAME, context_tokens=CONTEXT_TOKENS, modalities=("text",)),)

    def find_obstacle(self) -> str:
        return availability().reason

    def find_lint_dialect(self, base_url: str) -> str | None:
        return "builtin"

    def find_dialect(self, *, base_url: str, preset: str = "") -> ServerDialect:
        return ServerDialect(
            json_schema=SchemaSupport.ENFORCED,
            json_object=Support.YES,
            tools=Support.NO,
            tool_choice=Support.NO,
            streaming=Support.YES,
            usage=Support.YES,
            max_tokens_field=MaxTokensField.MAX_TOKENS,
            system_messages=Support.YES,
        )

    async def list_models(self, caller: Caller) -> tuple[ListedModel, ...]:
        return self.models

    def open_client(self, parts: CallParts) -> SdkClient:
        from core.providers.openai_models import open_openai_client

        return open_openai_client(parts)

    def build_model(self, client: SdkClient, *, model_name: str, dialect: ServerDialect) -> "Model":
        from core.providers.openai_models import build_compatible_model

        return build_compatible_model(client, model_name=model_name, dialect=dialect)


TYPE = BuiltinType()
