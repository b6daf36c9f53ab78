"""Whether the server does what a run asks for JSON with, as far as that is known."""

from collections.abc import Iterator
from typing import Final

from core.providers.dialects import MaxTokensField, OutputMode, SchemaSupport, ServerDialect, Support
from core.runs.preflight.notices import Notice, NoticeKind, NoticeLevel, NoticePlace, Subject

_HINT: Final = (
    "Probe the model on the Providers page: what that finds is used. Or choose another output mode there by hand."
)


def check_output_mode(dialect: ServerDialect, *, max_tokens: int | None) -> Iterator[Notice]:
    """Yield what the server is known not to do of what the run will ask. Nothing is said of what is not known."""
    told = _find_trouble(dialect)
    if told is not None:
        level, sentence = told
        yield Notice(NoticeKind.OUTPUT_MODE, level, sentence, _HINT, NoticePlace(Subject.RESPONSE_SCHEMA))
    if max_tokens is not None and dialect.max_tokens_field is MaxTokensField.NEITHER:
        sentence = "The agent's max tokens is not sent, because the server heeds no such limit."
        hint = "Ask in the prompt for a short answer, or limit it at the server."
        place = NoticePlace(Subject.MAX_TOKENS)
        yield Notice(NoticeKind.SETTING_IGNORED, NoticeLevel.NOTE, sentence, hint, place)


def _find_trouble(dialect: ServerDialect) -> tuple[NoticeLevel, str] | None:
    if dialect.output_mode is OutputMode.NATIVE and dialect.json_schema is SchemaSupport.REFUSED:
        return NoticeLevel.WARNING, (
            "The schema goes out as the format of the answer, which the server refuses: the run will end with its "
            "refusal."
        )
    if dialect.output_mode is OutputMode.NATIVE and dialect.json_schema is SchemaSupport.IGNORED:
        return NoticeLevel.WARNING, (
            "The schema goes out as the format of the answer, which the server takes and ignores: the model may never "
            "see it."
        )
    if dialect.output_mode is OutputMode.TOOL and dialect.tools is Support.NO:
        return NoticeLevel.WARNING, (
            "The schema goes out as the arguments of a tool, and the server or the model takes none."
        )
    if dialect.output_mode is OutputMode.TOOL and dialect.tool_choice is Support.NO:
        return NoticeLevel.NOTE, (
            "The schema goes out as the arguments of a tool that cannot be demanded, only offered: the model may "
            "answer in words instead, which costs a retry."
        )
    return None
