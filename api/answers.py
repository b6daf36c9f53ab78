"""Builds answers. Records are checked already, so they are written straight to JSON, once."""

from collections.abc import Mapping
from functools import cache

from pydantic import BaseModel, TypeAdapter
from starlette.requests import Request
from starlette.responses import Response

from api.preconditions import Tagged, write_etag


@cache
def _adapter(kind: type[BaseModel]) -> TypeAdapter[BaseModel]:
    return TypeAdapter(kind)


def answer(record: BaseModel, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a record as JSON."""
    body = _adapter(type(record)).dump_json(record)
    return Response(body, status_code=status, headers=dict(headers or {}), media_type="application/json")


def answer_created(request: Request, path: str, record: BaseModel, *, tag: Tagged | None = None) -> Response:
    """Return a new thing with its address; `path` is below /api."""
    headers = {"Location": f"{request.scope.get('root_path', '')}{path}"} | (write_etag(tag) if tag else {})
    return answer(record, status=201, headers=headers)
