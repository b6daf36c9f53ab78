"""What the check before a run says: one sentence on what will happen, one hint, and the place it is about."""

from dataclasses import dataclass
from enum import StrEnum


class NoticeKind(StrEnum):
    """What a notice is about."""

    UNKNOWN_PLACEHOLDER = "unknown_placeholder"
    OPTIONAL_PLACEHOLDER = "optional_placeholder"
    """The template asks for a field that an input may lack."""
    NO_PLACEHOLDER = "no_placeholder"
    UNUSED_FIELD = "unused_field"
    SYSTEM_PLACEHOLDER = "system_placeholder"
    """A placeholder in the system prompt, where nothing is filled."""
    LABEL_FORBIDDEN = "label_forbidden"
    """The prompt names a choice that the schema does not have."""
    LABEL_DIFFERS = "label_differs"
    """The same, but the schema has one that is spelled almost alike."""
    EXAMPLE_REFUSED = "example_refused"
    """A worked example in the prompt does not fit the schema."""
    EXAMPLE_FIELD_UNKNOWN = "example_field_unknown"
    CONTEXT_EXCEEDED = "context_exceeded"
    DIALECT_REFUSES = "dialect_refuses"
    DIALECT_IGNORES = "dialect_ignores"
    OUTPUT_MODE = "output_mode"
    """The server does not do what the run asks for JSON with."""
    SETTING_IGNORED = "setting_ignored"
    RECURSIVE_SCHEMA = "recursive_schema"


class NoticeLevel(StrEnum):
    """How much a notice matters. Neither keeps a run from being started."""

    WARNING = "warning"
    """The run will be refused, will fail, or is likely to."""
    NOTE = "note"
    """Worth knowing; the run may well pass."""


class Subject(StrEnum):
    """The part of an agent or a task that a notice is about."""

    SYSTEM_PROMPT = "system_prompt"
    USER_PROMPT_TEMPLATE = "user_prompt_template"
    REQUEST_SCHEMA = "request_schema"
    RESPONSE_SCHEMA = "response_schema"
    MAX_TOKENS = "max_tokens"


@dataclass(frozen=True, slots=True)
class NoticePlace:
    """Where to look. A prompt has a stretch, `text[start:end]` as it is stored; a schema has a JSON pointer."""

    subject: Subject
    start: int = 0
    end: int = 0
    """The same as `start`: the whole."""
    pointer: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing the check has to say."""

    kind: NoticeKind
    level: NoticeLevel
    sentence: str
    hint: str
    place: NoticePlace
