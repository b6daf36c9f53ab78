"""The parameters every list takes."""

from typing import Annotated

from fastapi import Query
from pydantic import BeforeValidator, Field

from api.fields import STORABLE, read_whole
from core.names import PlainText
from core.paging import MAX_PAGE

Limit = Annotated[
    int, Field(ge=1, le=MAX_PAGE), BeforeValidator(read_whole), Query(description="How many lines to return at most.")
]
Cursor = Annotated[
    PlainText | None,
    Query(
        description="Where to go on: the `next_cursor` of the page before. Leave it out for the first page.",
        max_length=2000,
        json_schema_extra={"format": "cursor"},
    ),
]
Search = Annotated[
    PlainText,
    Query(description="Words that must all occur, whatever their case.", max_length=200, json_schema_extra=STORABLE),
]
DEFAULT_LIMIT = 50
