"""User prompt templates: `{{field}}` is replaced by a field of the input, `{{input}}` by the whole input.

There is no template language: one pass, plain replacement, and inserted text is never scanned again.
"""

import json
from collections import Counter
from collections.abc import Mapping

from core.agents.records import PLACEHOLDER
from core.errors import Detail, InvalidInputError

WHOLE_INPUT = "input"
MAX_PROMPT_CHARACTERS = 1_000_000
_ENCODER = json.JSONEncoder(ensure_ascii=False, indent=2)


def list_placeholders(template: str) -> tuple[str, ...]:
    """Return the names used in the template, each once, in order."""
    return tuple(dict.fromkeys(match.group(1) for match in PLACEHOLDER.finditer(template)))


def check_template(template: str) -> None:
    """Raises: InvalidInputError: a placeholder is empty or not closed. Closing braces alone may end an example."""
    if "{{" in PLACEHOLDER.sub("", template):
        problem = "A placeholder looks like {{field}}; one here is empty or not closed."
        raise InvalidInputError(problem, details=[Detail(place="user_prompt_template", message=problem)])


def fill_template(template: str, value: object) -> str:
    """Return the user prompt for an input: text, or an object whose fields the placeholders name.

    A blank template sends the input as it is. Raises: InvalidInputError: a placeholder names no field of the input, or
    the prompt would be longer than 1,000,000 characters, which is known before it is put together.
    """
    if not template.strip():
        return _show_short(value, name=WHOLE_INPUT)
    fields = value if isinstance(value, Mapping) else {}
    missing = [name for name in list_placeholders(template) if name != WHOLE_INPUT and name not in fields]
    if missing:
        known = ", ".join(f"{{{{{name}}}}}" for name in (*fields, WHOLE_INPUT))
        raise InvalidInputError(
            f"The agent's prompt template asks for {{{{{missing[0]}}}}}, which the input does not have.",
            hint=f"This input fills: {known}. Change the template or the task's request schema.",
        )

    counts = Counter(match.group(1) for match in PLACEHOLDER.finditer(template))
    shown = {name: _show_short(fields.get(name, value), name=name) for name in counts}
    sizes = {name: count * len(shown[name]) for name, count in counts.items()}
    if len(template) + sum(sizes.values()) > MAX_PROMPT_CHARACTERS:
        largest = max(sizes, key=lambda name: sizes[name])
        raise _too_long(largest, times=counts[largest])
    return PLACEHOLDER.sub(lambda match: shown[match.group(1)], template)


def _show_short(value: object, *, name: str) -> str:
    if isinstance(value, str):
        if len(value) > MAX_PROMPT_CHARACTERS:
            raise _too_long(name, times=1)
        return value
    # Indented, a value nested deeply may take a thousand times the characters it was written with.
    pieces, room = list[str](), MAX_PROMPT_CHARACTERS
    for piece in _ENCODER.iterencode(value):
        pieces.append(piece)
        room -= len(piece)
        if room < 0:
            raise _too_long(name, times=1)
    return "".join(pieces)


def _too_long(name: str, *, times: int) -> InvalidInputError:
    often = f", which the template names {times:,} times," if times > 1 else ""
    return InvalidInputError(
        f"The prompt would be longer than {MAX_PROMPT_CHARACTERS:,} characters: {{{{{name}}}}}{often} makes it so.",
        hint="Shorten the input, or name the field less often in the agent's prompt template.",
    )


def show_input(value: object) -> str:
    """Return an input as a prompt shows it: text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
