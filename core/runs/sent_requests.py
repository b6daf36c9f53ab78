"""The requests of a run as they are kept: no secrets, not too long, and what one tells the model of the last answer."""

import json
from collections.abc import Iterator
from typing import Any

from core.redaction import redact_json
from core.tasks.schemas.json_values import JsonObject

MAX_CHARACTERS = 100_000


def keep_request(body: object, *, limit: int = MAX_CHARACTERS) -> tuple[JsonObject | None, bool]:
    """Return a request's body as it is stored, and whether it was cut. None: it was no JSON object.

    Known secrets are masked first. Of a body over `limit` characters the longest texts are shortened, each with a note
    of how much is missing, so that messages and settings keep their shape. The notes come on top of the limit.
    """
    masked = redact_json(body)
    if not isinstance(masked, dict):
        return None, False
    excess = _size(masked) - limit
    if excess <= 0:
        return masked, False
    lengths = sorted(len(text) for text in _texts(masked))
    kept = _cut_texts(masked, _find_longest(lengths, sum(lengths) - excess))
    while _size(kept) > 2 * limit and not all(isinstance(value, str) for value in kept.values()):
        # What is long is not its texts but how many things there are: a huge schema, for example.
        largest = max(
            (key for key, value in kept.items() if not isinstance(value, str)), key=lambda key: _size(kept[key])
        )
        kept |= {largest: f"[{_size(kept[largest]):,} characters were not kept]"}
    return kept, True


def _size(value: object) -> int:
    return len(json.dumps(value, ensure_ascii=False))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)


def _find_longest(lengths: list[int], budget: int) -> int:
    """Return how long a text may be if all of them together may have this many characters; short ones stay whole."""
    for place, length in enumerate(lengths):
        remaining = len(lengths) - place
        if length * remaining > budget:
            return max(budget // remaining, 0)
        budget -= length
    return lengths[-1] if lengths else 0


def _cut_texts(value: Any, longest: int) -> Any:  # Any: JSON
    if isinstance(value, str):
        missing = len(value) - longest
        note = f"… [{missing:,} more characters were not kept]"
        return value[:longest] + note if missing > len(note) else value
    if isinstance(value, list):
        return [_cut_texts(item, longest) for item in value]
    if isinstance(value, dict):
        return {key: _cut_texts(item, longest) for key, item in value.items()}
    return value


def read_feedback(request: JsonObject | None, following: JsonObject | None) -> str:
    """Return what the next request tells the model of its last answer; blank when it tells nothing.

    Read from the messages that the next request has and this one had not, without those of the model itself.
    """
    before, after = _messages(request), _messages(following)
    if len(after) <= len(before):
        return ""
    said = [_say(message) for message in after[len(before) :] if message.get("role") != "assistant"]
    return "\n\n".join(text for text in said if text)


def _messages(request: JsonObject | None) -> list[JsonObject]:
    messages = request.get("messages") if request is not None else None
    return [message for message in messages if isinstance(message, dict)] if isinstance(messages, list) else []


def _say(message: JsonObject) -> str:
    content = message.get("content")
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, dict)]
        return "\n".join(part for part in parts if isinstance(part, str))
    return content if isinstance(content, str) else ""
