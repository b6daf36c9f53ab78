"""Client and model for AWS Bedrock. Importing this module loads pydantic-ai and botocore: pages never import it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Final, cast

from anyio.to_thread import current_default_thread_limiter
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.client import BaseClient
from botocore.credentials import Credentials
from pydantic_ai import RunContext
from pydantic_ai.exceptions import UserError
from pydantic_ai.messages import ModelMessage, ModelResponse
from pydantic_ai.models import Model, ModelRequestParameters, StreamedResponse
from pydantic_ai.models.bedrock import BedrockConverseModel
from pydantic_ai.providers.bedrock import BedrockModelProfile, BedrockProvider
from pydantic_ai.settings import ModelSettings

from core.errors import InvalidInputError
from core.providers.botocore_bridge import ending_calls, open_botocore_client
from core.providers.dialects import ServerDialect
from core.providers.types.base import CallParts
from core.providers.types.bedrock import list_profile_settings

_MAX_REQUESTS: Final = 256
"""Under way at one time, of all such providers together; what is beyond waits for its turn."""


def open_bedrock_client(parts: CallParts) -> BaseClient:
    """Return botocore's client on the one transport; that transport alone retries."""
    # A thread waits for each request, and the default is 40 threads.
    limiter = current_default_thread_limiter()
    limiter.total_tokens = max(limiter.total_tokens, _MAX_REQUESTS)
    return open_botocore_client(
        "bedrock-runtime",
        http=parts.http,
        endpoint_url=parts.base_url,
        region=parts.options.get("region", ""),
        access_key_id=parts.options.get("access_key_id", ""),
        key=parts.api_key,
        session_token=parts.secrets.get("session_token"),
    )


def build_bedrock_model(client: BaseClient, *, model_name: str, dialect: ServerDialect) -> Model:
    """Return the model to ask. Raises: InvalidInputError: it is known not to be served this way."""
    profile = cast(BedrockModelProfile, list_profile_settings(dialect))
    try:
        return _EndingModel(model_name, provider=BedrockProvider(bedrock_client=client), profile=profile)
    except UserError as error:
        message = f"AWS Bedrock does not serve the model “{model_name}” by its Converse API."
        raise InvalidInputError(message, hint="Pick another model for the agent.") from error


def sign_get(url: str, parts: CallParts) -> dict[str, str]:
    """Return the headers with which the URL may be read; none without a key."""
    access_key_id = parts.options.get("access_key_id", "")
    if parts.api_key is None:
        return {}
    if not access_key_id:
        return {"Authorization": f"Bearer {parts.api_key.get_secret_value()}"}
    token = parts.secrets.get("session_token")
    credentials = Credentials(
        access_key_id, parts.api_key.get_secret_value(), token.get_secret_value() if token else None
    )
    request = AWSRequest(method="GET", url=url)
    SigV4Auth(credentials, "bedrock", parts.options.get("region", "")).add_auth(request)
    return dict(request.headers.items())


class _EndingModel(BedrockConverseModel):
    """Ends its requests with the call that made them; pydantic-ai would leave them to their threads."""

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        with ending_calls():
            return await super().request(messages, model_settings, model_request_parameters)

    @asynccontextmanager
    async def request_stream(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
        run_context: RunContext[Any] | None = None,  # Any: what pydantic-ai declares
    ) -> AsyncGenerator[StreamedResponse]:
        asked = super().request_stream(messages, model_settings, model_request_parameters, run_context)
        with ending_calls():
            async with asked as response:
                yield response
