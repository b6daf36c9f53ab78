"""Asks a provider for JSON with its key, and tells an odd answer apart from a good one."""

import json
from collections.abc import Mapping
from typing import Any

from core.providers.answers import BadAnswer
from core.providers.types.base import CallParts, ProviderType


class HttpCaller:
    """The `Caller` of a type, on a provider's own client."""

    def __init__(self, kind: ProviderType, parts: CallParts) -> None:
        self._kind = kind
        self._parts = parts

    @property
    def parts(self) -> CallParts:
        """What the client was made of."""
        return self._parts

    async def get_json(self, url: str, *, headers: Mapping[str, str] | None = None) -> Any:  # Any: JSON of a stranger
        """Return the JSON at a URL. Raises: BadAnswer: another status than 200, or no JSON; OutboundError."""
        given = self._kind.list_headers(self._parts.api_key) | dict(headers or {})
        response = await self._parts.http.get(url, headers=given)
        if response.status_code != 200:
            found = f"it refused the request (HTTP {response.status_code})"
            raise BadAnswer(found, status=response.status_code, headers=response.headers, body=response.text)
        try:
            return json.loads(response.content)
        except (ValueError, RecursionError) as error:
            found = "it answered with something that is not JSON"
            raise BadAnswer(found, headers=response.headers, body=response.text) from error
