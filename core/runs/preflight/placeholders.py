"""The placeholders of a template against what an input can have."""

from collections.abc import Iterator, Mapping

from core.agents.records import PLACEHOLDER
from core.agents.templates import WHOLE_INPUT
from core.runs.preflight.nearness import find_nearest
from core.runs.preflight.notices import Notice, NoticeKind, NoticeLevel, NoticePlace, Subject
from core.runs.preflight.object_fields import ObjectFields, read_object_fields
from core.runs.preview import NOT_GIVEN
from core.tasks.schemas.json_values import JsonObject

_MAX_NAMED = 20
_MAX_LISTED = 5
_MAX_NAME_SHOWN = 60


def check_placeholders(
    template: str, system_prompt: str, request_schema: JsonObject | None, value: object
) -> Iterator[Notice]:
    """Yield what the template asks for in vain, and what of an input never reaches the model."""
    first_at = _list_first(template)
    fields = ObjectFields(is_open=False) if request_schema is None else read_object_fields(request_schema)
    if template.strip():
        for name, place in list(first_at.items())[:_MAX_NAMED]:
            yield from _check_name(name, place, fields, value, is_text=request_schema is None)
        yield from _check_unused(first_at, fields)
    yield from _check_system(system_prompt, fields)


def _list_first(text: str) -> dict[str, tuple[int, int]]:
    first_at: dict[str, tuple[int, int]] = {}
    for found in PLACEHOLDER.finditer(text):
        first_at.setdefault(found[1], found.span())
    return first_at


def _check_name(
    name: str, span: tuple[int, int], fields: ObjectFields, value: object, *, is_text: bool
) -> Iterator[Notice]:
    place = NoticePlace(Subject.USER_PROMPT_TEMPLATE, *span)
    given = value if isinstance(value, Mapping) else {}
    if name == WHOLE_INPUT or name in given:
        return
    shown = _placeholder(name)
    if is_text:
        sentence = f"The run will be refused: the task takes plain text, which has no field for {shown}."
        hint = f"Write {_placeholder(WHOLE_INPUT)} where the text belongs, or give the task a request schema."
        yield Notice(NoticeKind.UNKNOWN_PLACEHOLDER, NoticeLevel.WARNING, sentence, hint, place)
    elif name in fields.pointers:
        yield from _check_optional(name, place, fields, value)
    elif fields.pointers or value is not NOT_GIVEN or not fields.is_open:
        sentence = f"The run will be refused: the input has no field for {shown}."
        yield Notice(NoticeKind.UNKNOWN_PLACEHOLDER, NoticeLevel.WARNING, sentence, _suggest(name, fields), place)


def _check_optional(name: str, place: NoticePlace, fields: ObjectFields, value: object) -> Iterator[Notice]:
    shown = _placeholder(name)
    hint = f"Require “{_cut(name)}” in the request schema, or use {_placeholder(WHOLE_INPUT)} in its place."
    if isinstance(value, Mapping):
        sentence = f"The run will be refused: the template asks for {shown}, and this input leaves it out."
        hint = f"Fill in “{_cut(name)}”, or use {_placeholder(WHOLE_INPUT)} in its place."
        yield Notice(NoticeKind.OPTIONAL_PLACEHOLDER, NoticeLevel.WARNING, sentence, hint, place)
    elif name not in fields.required:
        sentence = f"A run is refused when its input leaves out “{_cut(name)}”, which the template asks for."
        yield Notice(NoticeKind.OPTIONAL_PLACEHOLDER, NoticeLevel.NOTE, sentence, hint, place)


def _suggest(name: str, fields: ObjectFields) -> str:
    """Say what may have been meant by a placeholder that no field answers to."""
    whole = _placeholder(WHOLE_INPUT)
    head, dot, last = name.partition(".")[0], "." in name, name.rpartition(".")[2]
    head = head.partition("[")[0].strip()
    if (dot or "[" in name) and head in fields.pointers:
        return f"A placeholder names a whole field: {_placeholder(head)} puts it in as JSON, with all its parts."
    near = find_nearest(name, (*fields.pointers, WHOLE_INPUT)) or (find_nearest(last, fields.pointers) if dot else None)
    if near is not None:
        return f"Did you mean {_placeholder(near)}?"
    holder = fields.inner.get(last)
    if holder is not None:
        return f"“{_cut(last)}” lies inside “{_cut(holder)}”: {_placeholder(holder)} puts all of that in as JSON."
    if not fields.pointers:
        return f"Write {whole} to put the whole input in."
    return f"The fields are {_list([_placeholder(one) for one in fields.pointers])}; {whole} is all of them."


def _check_unused(first_at: Mapping[str, tuple[int, int]], fields: ObjectFields) -> Iterator[Notice]:
    whole = _placeholder(WHOLE_INPUT)
    if not first_at:
        sentence = "The model will never see the input: the template has no placeholder, so every run asks the same."
        hint = f"Write {whole} where the input belongs, or leave the template blank."
        place = NoticePlace(Subject.USER_PROMPT_TEMPLATE)
        yield Notice(NoticeKind.NO_PLACEHOLDER, NoticeLevel.WARNING, sentence, hint, place)
        return
    unused = [name for name in fields.pointers if name not in first_at]
    if not unused or (WHOLE_INPUT in first_at and WHOLE_INPUT not in fields.pointers):
        return
    names = _list([f"“{_cut(name)}”" for name in unused])
    sentence = f"The model will not see {names}: the template never uses {'it' if len(unused) == 1 else 'them'}."
    hint = f"Add {_placeholder(unused[0])} to the template, or use {whole} to send the whole input."
    place = NoticePlace(Subject.REQUEST_SCHEMA, pointer=fields.pointers[unused[0]])
    yield Notice(NoticeKind.UNUSED_FIELD, NoticeLevel.NOTE, sentence, hint, place)


def _check_system(system_prompt: str, fields: ObjectFields) -> Iterator[Notice]:
    for name, span in _list_first(system_prompt).items():
        if name == WHOLE_INPUT or name in fields.pointers:
            shown = _placeholder(name)
            sentence = f"The model will read {shown} as it stands: nothing in a system prompt is filled in."
            hint = f"Move {shown} to the user prompt template."
            place = NoticePlace(Subject.SYSTEM_PROMPT, *span)
            yield Notice(NoticeKind.SYSTEM_PLACEHOLDER, NoticeLevel.WARNING, sentence, hint, place)


def _placeholder(name: str) -> str:
    return f"{{{{{_cut(name)}}}}}"


def _cut(name: str) -> str:
    return name if len(name) <= _MAX_NAME_SHOWN else name[: _MAX_NAME_SHOWN - 1] + "…"


def _list(names: list[str]) -> str:
    shown = names[:_MAX_LISTED]
    if len(names) > _MAX_LISTED:
        shown.append(f"{len(names) - _MAX_LISTED} more")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
