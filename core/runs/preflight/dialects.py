"""What the provider makes of the response schema."""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from core.errors import InvalidSchemaError
from core.providers.types import find_type
from core.runs.preflight.notices import Notice, NoticeKind, NoticeLevel, NoticePlace, Subject
from core.tasks.linting.findings import Finding, Rule, walk
from core.tasks.linting.providers import DIALECTS, Dialect, lint_provider
from core.tasks.schemas.json_values import JsonObject
from core.tasks.schemas.schema_graph import SchemaGraph

_MAX_FINDINGS: Final = 2_000
_MAX_KEYWORDS: Final = 4
_FIX_HINT: Final = "The advice on the task's schema has a ready fix."


def find_dialect(provider_type: str, base_url: str) -> Dialect | None:
    """Return how a provider holds a model to a schema; None for a server that is only compatible with OpenAI."""
    name = find_type(provider_type).find_lint_dialect(base_url)
    return None if name is None else Dialect(name)


def check_dialect(schema: JsonObject, *, dialect: Dialect | None) -> Iterator[Notice]:
    """Yield what the dialect refuses, one notice for each cause, and in one notice what it ignores."""
    if dialect is None:
        return
    found = list(islice(lint_provider(list(walk(schema)), dialect), _MAX_FINDINGS))
    causes: dict[str, list[Finding]] = {}
    for one in found:
        if one.rule is not Rule.PROVIDER_IGNORES:
            causes.setdefault(_cause(one), []).append(one)
    for findings in causes.values():
        yield _tell_refused(findings, dialect)
    ignored = [one for one in found if one.rule is Rule.PROVIDER_IGNORES]
    if ignored:
        yield _tell_ignored(ignored, dialect)


def check_recursion(schema: JsonObject, *, max_tokens: int | None) -> Iterator[Notice]:
    """Yield a notice when the schema holds itself, so that an answer may nest without end."""
    try:
        pointer = SchemaGraph(schema).find_cycle(frozenset({"same", "inside"}), start="")
    except InvalidSchemaError:
        return
    if pointer is None:
        return
    ends = "only the server's own limit ends it" if max_tokens is None else f"only {max_tokens:,} tokens end it"
    sentence = f"An answer may nest without end, because the schema holds itself: {ends}, cut off and so refused."
    hint = "Say in the prompt how deep to go." + ("" if max_tokens else " Give the agent max tokens, too.")
    place = NoticePlace(Subject.RESPONSE_SCHEMA, pointer=pointer)
    yield Notice(NoticeKind.RECURSIVE_SCHEMA, NoticeLevel.NOTE, sentence, hint, place)


def _cause(found: Finding) -> str:
    return found.place.rpartition("/")[2] if found.rule is Rule.PROVIDER_REFUSES else found.rule.value


def _tell_ignored(findings: list[Finding], dialect: Dialect) -> Notice:
    if len(findings) == 1:
        sentence = findings[0].message
    else:
        keywords = list(dict.fromkeys(one.place.rpartition("/")[2] for one in findings))
        named = ", ".join(keywords[:_MAX_KEYWORDS]) + (" and more" if len(keywords) > _MAX_KEYWORDS else "")
        sentence = (
            f"{DIALECTS[dialect].name} does not follow all of the schema, at {len(findings):,} places ({named}): "
            "only the judge looks at those, afterwards."
        )
    hint = "Say it in the prompt as well; an answer that breaks it costs a retry."
    place = NoticePlace(Subject.RESPONSE_SCHEMA, pointer=findings[0].place)
    return Notice(NoticeKind.DIALECT_IGNORES, NoticeLevel.NOTE, sentence, hint, place)


def _tell_refused(findings: list[Finding], dialect: Dialect) -> Notice:
    first, others = findings[0], len(findings) - 1
    sentence = first.message.rstrip(".") + (f" (and {others:,} more like it)" if others else "")
    hint = _FIX_HINT if first.fix else f"Change the schema, or run it where {DIALECTS[dialect].name} is not used."
    place = NoticePlace(Subject.RESPONSE_SCHEMA, pointer=first.place)
    if DIALECTS[dialect].is_strict:
        # Of some of it pydantic-ai knows and asks without strict mode; with the rest OpenAI refuses the request.
        hint = f"Without a change the model is only asked for the shape, or the request is refused. {hint}"
        return Notice(NoticeKind.DIALECT_REFUSES, NoticeLevel.NOTE, f"{sentence}.", hint, place)
    sentence += ": the server refuses the request, or holds the model to something else."
    return Notice(NoticeKind.DIALECT_REFUSES, NoticeLevel.WARNING, sentence, hint, place)
