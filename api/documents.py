"""What the OpenAPI document says about answers: refusals, headers and examples."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi.openapi.models import Example

from api.errors import ErrorAnswer

Json = dict[str, Any]  # Any: pieces of an OpenAPI document, and JSON examples
Responses = dict[int | str, Json]

_REFUSALS: Mapping[int, tuple[str, str, str, str]] = {
    404: ("It is not there.", "not_found", "This agent is not there any more.", "Go back to the list of agents."),
    409: ("It clashes with what is stored.", "name_taken", "Another one is called “Triage”.", "Choose another name."),
    412: (
        "It was changed since the state that `If-Match` names.",
        "outdated",
        "“Triage” was changed by somebody else in the meantime.",
        "Read it again to see what changed.",
    ),
    413: ("The body is too long.", "body_too_long", "The body is longer than 2,000,000 bytes.", ""),
    415: ("The body is not JSON.", "unsupported_media_type", "Send the body as application/json.", ""),
    422: ("The request cannot be used; `details` say where and why.", "invalid_input", "“name” cannot be used.", ""),
    503: ("The database or a key cannot be had just now.", "database_unavailable", "The database does not answer.", ""),
}
_ETAG = {"description": "The state this answer shows, for `If-Match`.", "schema": {"type": "string"}, "required": True}
_LOCATION = {"description": "Where the new thing is.", "schema": {"type": "string"}, "required": True}


def examples(*values: Json) -> dict[str, Example]:
    """Return examples of a body. Each holds its title under ``summary`` and the body under ``value``."""
    return {
        f"example {number}": Example(summary=value["summary"], value=value["value"])
        for number, value in enumerate(values, 1)
    }


def refusals(*statuses: int) -> Responses:
    """Describe the refusals a route may answer with."""
    return {status: _describe_refusal(status) for status in sorted(statuses)}


def _describe_refusal(status: int) -> Json:
    description, code, message, hint = _REFUSALS[status]
    details = [{"place": "name", "message": "Give it a name."}] if status == 422 else []
    example = {"error": code, "message": message, "hint": hint, "details": details}
    return {
        "model": ErrorAnswer,
        "description": description,
        "content": {"application/json": {"example": example}},
    }


@dataclass(frozen=True)
class Described:
    """What routes of a kind answer."""

    status: int
    description: str
    headers: Mapping[str, Json]
    refused: Sequence[int]

    def of(self, example: Json | None, *further: int, headers: Mapping[str, Json] | None = None) -> Responses:
        """Describe an answer by its example, and the refusals: those of the kind and further ones."""
        success: Json = {"description": self.description}
        chosen = self.headers if headers is None else headers
        if chosen:
            success["headers"] = dict(chosen)
        if example is not None:
            success["content"] = {"application/json": {"example": example}}
        return {self.status: success, **refusals(*{*self.refused, *further})}

    def list_of(self, example: Json, *further: int) -> Responses:
        """Describe a list of things like the example."""
        refused = {*self.refused, *further} - ({404} - set(further))
        page = {"items": [example], "next_cursor": None, "total": 1}
        success = {"description": "A page of the list.", "content": {"application/json": {"example": page}}}
        return {self.status: success, **refusals(*refused)}

    def untagged(self, example: Json, *further: int) -> Responses:
        """Describe an answer that has no ETag."""
        return self.of(example, *further, headers={})


READ = Described(200, "As it is now.", {"ETag": _ETAG}, (404, 422, 503))
CREATED = Described(201, "Created.", {"Location": _LOCATION, "ETag": _ETAG}, (409, 413, 415, 422, 503))
CREATED_UNTAGGED = Described(201, "Created.", {}, (409, 413, 415, 422, 503))
DELETED = Described(204, "It is gone.", {}, (404, 422, 503))
