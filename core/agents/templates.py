"""User prompt templates: `{{field}}` is replaced by a field of the input, `{{input}}` by the whole input.

There is no template language: one pass, plain replacement, and inserted text is never scanned again.
"""

import json
from collections.abc import Mapping

from core.agents.records import PLACEHOLDER
from core.errors import Detail, InvalidInputError

WHOLE_INPUT = "input"


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

    A blank template sends the input as it is. Raises: InvalidInputError: a placeholder names no field of the input.
    """
    whole = show_input(value)
    if not template.strip():
        return whole
    fields = value if isinstance(value, Mapping) else {}
    missing = [name for name in list_placeholders(template) if name != WHOLE_INPUT and name not in fields]
    if missing:
        known = ", ".join(f"{{{{{name}}}}}" for name in (*fields, WHOLE_INPUT))
        raise InvalidInputError(
            f"The agent's prompt template asks for {{{{{missing[0]}}}}}, which the input does not have.",
            hint=f"This input fills: {known}. Change the template or the task's request schema.",
        )

    def insert(name: str) -> str:
        return show_input(fields[name]) if name in fields else whole

    return PLACEHOLDER.sub(lambda match: insert(match.group(1)), template)


def show_input(value: object) -> str:
    """Return an input as a prompt shows it: text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
