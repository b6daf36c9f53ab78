"""The check before a run: what will go wrong, or may, said before any token is spent. Nothing here asks anybody."""

from collections.abc import Iterator, Sequence
from itertools import chain

from core.errors import InvalidInputError, InvalidSchemaError
from core.providers.dialects import OutputMode, ServerDialect
from core.providers.types import find_type
from core.runs.preflight.context import Window, check_context, estimate_request, find_window
from core.runs.preflight.dialects import check_dialect, check_recursion, find_dialect
from core.runs.preflight.labels import check_labels
from core.runs.preflight.notices import Notice, NoticeLevel, Subject
from core.runs.preflight.object_fields import read_object_fields
from core.runs.preflight.output_modes import check_output_mode
from core.runs.preflight.placeholders import check_placeholders
from core.runs.preflight.schema_labels import read_labels
from core.runs.preflight.worked_examples import blank_examples, check_examples, find_examples
from core.runs.preview import NOT_GIVEN, AgentLike, TaskLike, preview_request

__all__ = ["check_before_run"]


def check_before_run(
    agent: AgentLike,
    task: TaskLike,
    value: object = NOT_GIVEN,
    *,
    provider_type: str,
    base_url: str = "",
    dialect: ServerDialect | None = None,
    window: Window | None = None,
) -> list[Notice]:
    """Return what to know before a run, warnings first. An empty list promises nothing of the answer.

    `value` is the input, NOT_GIVEN while there is none. `dialect` is how the model is spoken to, None: as its type of
    provider is. `window` is how many tokens the model reads and writes at most; None: as far as it is certain, see
    `find_window`, else nothing is said of it.
    """
    kind = find_type(provider_type)
    spoken = dialect or kind.find_dialect(base_url=base_url)
    held = check_dialect(task.response_schema, dialect=find_dialect(provider_type, base_url))
    prompts = ((Subject.SYSTEM_PROMPT, agent.system_prompt), (Subject.USER_PROMPT_TEMPLATE, agent.user_prompt_template))
    notices = chain(
        check_placeholders(agent.user_prompt_template, agent.system_prompt, task.request_schema, value),
        _check_prompts(prompts, task),
        _check_request(agent, task, value, spoken, provider_type, base_url, window),
        check_output_mode(spoken, max_tokens=agent.max_tokens),
        # A tool's arguments and words in a prompt are held to nothing.
        held if spoken.output_mode is OutputMode.NATIVE else (),
        check_recursion(task.response_schema, max_tokens=agent.max_tokens),
    )
    return sorted(notices, key=lambda notice: notice.level is not NoticeLevel.WARNING)


def _check_prompts(prompts: Sequence[tuple[Subject, str]], task: TaskLike) -> Iterator[Notice]:
    answer, labels = read_object_fields(task.response_schema), read_labels(task.response_schema)
    request = None if task.request_schema is None else read_object_fields(task.request_schema)
    for subject, text in prompts:
        examples = find_examples(text)
        yield from check_examples(examples, task.response_schema, subject, answer=answer, request=request)
        yield from check_labels(blank_examples(text, examples), labels, subject)


def _check_request(
    agent: AgentLike,
    task: TaskLike,
    value: object,
    dialect: ServerDialect,
    provider_type: str,
    base_url: str,
    window: Window | None,
) -> Iterator[Notice]:
    window = window or find_window(provider_type, base_url=base_url, model_name=agent.model_name)
    if window is None:
        return
    try:
        preview = preview_request(agent, task, value, dialect=dialect, base_url=base_url)
    except (InvalidInputError, InvalidSchemaError):
        return  # said where the input or the schema is written
    estimate = estimate_request(preview, provider_type=provider_type, base_url=base_url)
    yield from check_context(estimate, max_tokens=agent.max_tokens, window=window, provider_type=provider_type)
