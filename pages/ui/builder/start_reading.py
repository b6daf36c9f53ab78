"""Reads what somebody wants to start from as a proposal. Draws nothing, and runs nothing of what it reads."""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any, Final

from core.errors import DashboardError, Detail, InvalidInputError
from core.tasks.linting.findings import walk
from core.tasks.schema_rules import check_response_schema
from core.tasks.schemas.json_values import JsonObject, to_pointer
from core.tasks.sources.csv_rows import MAX_ROWS, find_delimiter, schema_from_csv
from core.tasks.sources.gallery import Template
from core.tasks.sources.inference import infer_schema, parse_examples
from core.tasks.sources.pydantic_source import list_models, schema_from_pydantic
from core.tasks.sources.schema_import import import_schema
from pages.ui.builder.start_state import Proposal, Reading, SentFile, Way
from pages.ui.text import counted

MAX_FILE_MEGABYTES: Final = 5
_MAX_NOTES: Final = 200
_DELIMITERS: Final = {";": "semicolons", "\t": "tabs", "|": "bars"}


def read_way(way: Way, text: str, *, model: str = "") -> Reading:
    """Read a text as what the way says. `model` is the model of a Python text to start from; blank, its last one."""
    asked = (text, model)
    if not text.strip():
        return Reading(asked)
    models = list_models(text) if way is Way.PYDANTIC else ()
    try:
        proposal = read_pydantic(text, model=model if model in models else "") if models else _READERS[way](text)
        check_response_schema(proposal.schema)
    except DashboardError as error:
        return Reading(asked, error=error, models=models)
    return Reading(asked, proposal=proposal, models=models)


def read_examples(text: str) -> Proposal:
    """Infer a schema from JSON values. Raises: InvalidInputError."""
    examples = parse_examples(text)
    count = counted(len(examples), "example")
    hint = " Give several to find out which fields may be missing." if len(examples) == 1 else ""
    return Proposal(infer_schema(examples), (f"Read from {count}.{hint}",), "Schema from examples")


def read_csv(text: str) -> Proposal:
    """Infer the schema of a row. Raises: InvalidInputError."""
    schema = schema_from_csv(text)
    notes = []
    if (parted := _DELIMITERS.get(find_delimiter(text))) is not None and len(schema["properties"]) > 1:
        notes.append(f"The columns are parted by {parted}.")
    if text.count("\n") > MAX_ROWS:
        notes.append(f"No more than the first {MAX_ROWS:,} rows were read.")
    return Proposal(schema, tuple(notes), "Schema from CSV")


def read_json_schema(text: str) -> Proposal:
    """Take in a schema of another draft, or the request of a provider. Raises: InvalidSchemaError."""
    imported = import_schema(text)
    return Proposal(imported.schema, _limited(_say(note) for note in imported.notes), "Imported schema")


def read_pydantic(text: str, *, model: str = "") -> Proposal:
    """Read the source of a model. Raises: InvalidInputError."""
    schema = schema_from_pydantic(text, model=model or None)
    return Proposal(schema, _limited(_comments(schema)), "Schema from Pydantic")


def propose_template(template: Template) -> Proposal:
    """Return a shape of the gallery as a proposal."""
    return Proposal(template.new_schema(), (), f"Template “{template.title}”")


def read_file(name: str, content: bytes) -> SentFile:
    """Return an uploaded file as text, or why it is none."""
    if len(content) > MAX_FILE_MEGABYTES * 1024 * 1024:
        message = f"The file is larger than {MAX_FILE_MEGABYTES} MB."
        return SentFile(name, error=InvalidInputError(message, hint="A part of it is enough to start from."))
    try:
        return SentFile(name, content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = f"The file is not written in UTF-8: line {line} holds a byte that is no text."
        return SentFile(name, error=InvalidInputError(message, hint="Save it as UTF-8 and upload it again."))


def _comments(schema: JsonObject) -> Iterator[str]:
    """Yield what a model says and a schema cannot, each with its place."""
    for part in walk(schema):
        comment: Any = part.words.get("$comment")  # Any: JSON
        if isinstance(comment, str):
            yield f"{to_pointer(part.loc)}: {comment}" if part.loc else comment


def _limited(notes: Iterator[str]) -> tuple[str, ...]:
    found = tuple(islice(notes, _MAX_NOTES + 1))
    return found if len(found) <= _MAX_NOTES else (*found[:_MAX_NOTES], "There is more of this kind.")


def _say(note: Detail) -> str:
    return f"{note.place or 'The whole'} {note.message}."


_READERS: Final[Mapping[Way, Callable[[str], Proposal]]] = {
    Way.EXAMPLES: read_examples,
    Way.CSV: read_csv,
    Way.JSON_SCHEMA: read_json_schema,
    Way.PYDANTIC: read_pydantic,
}
