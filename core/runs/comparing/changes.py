"""What columns are called and in what they differ, in a few words each."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Protocol

from core.runs.comparing.records import ComparedColumn

_LONGEST_LABEL = 160


class AgentState(Protocol):
    """What a column is called by: a ComparedColumn, or a line of a list."""

    @property
    def agent_name(self) -> str: ...
    @property
    def agent_version(self) -> int | None: ...
    @property
    def variation_of(self) -> int | None: ...
    @property
    def provider_name(self) -> str: ...
    @property
    def model_name(self) -> str: ...
    @property
    def temperature(self) -> float | None: ...
    @property
    def max_tokens(self) -> int | None: ...
    @property
    def retries(self) -> int: ...


_SETTINGS: tuple[Callable[[AgentState], str], ...] = (
    lambda state: f"provider {state.provider_name}",
    lambda state: f"model {state.model_name}",
    lambda state: "temperature of the server" if state.temperature is None else f"temperature {state.temperature:g}",
    lambda state: "no limit of tokens" if state.max_tokens is None else f"at most {state.max_tokens:,} tokens",
    lambda state: f"{state.retries} {'retry' if state.retries == 1 else 'retries'}",
)


def name_columns(states: Sequence[AgentState]) -> tuple[str, ...]:
    """Return what to call the columns: agent and version, then settings, then a number, until no two are alike."""
    labels = [_name(state) for state in states]
    settings = list_settings(states)
    counts = Counter(labels)
    labels = [
        ", ".join((label, *words))[:_LONGEST_LABEL] if counts[label] > 1 else label
        for label, words in zip(labels, settings, strict=True)
    ]
    return _number_equals(labels)


def list_settings(states: Sequence[AgentState]) -> tuple[tuple[str, ...], ...]:
    """Return for each column its own value of every setting that is not the same in all of them."""
    told = [[say(state) for state in states] for say in _SETTINGS]
    differing = [words for words in told if len(set(words)) > 1]
    return tuple(tuple(words[index] for words in differing) for index in range(len(states)))


def list_changes(columns: Sequence[ComparedColumn]) -> tuple[tuple[str, ...], ...]:
    """Return for each column its settings as above, and how far its prompts are from those of the first column."""
    first = columns[0]
    return tuple(
        (
            *settings,
            *_compare_prompt("system prompt", first.system_prompt, column.system_prompt),
            *_compare_prompt("user prompt", first.user_prompt_template, column.user_prompt_template),
        )
        for column, settings in zip(columns, list_settings(columns), strict=True)
    )


def _name(state: AgentState) -> str:
    if state.agent_version is not None:
        return f"{state.agent_name} v{state.agent_version}"
    return f"{state.agent_name} v{state.variation_of} changed"


def _number_equals(labels: Sequence[str]) -> tuple[str, ...]:
    counts, taken = Counter(labels), set(labels)
    numbered: list[str] = []
    for label in labels:
        number = 1
        candidate = label
        while counts[label] > 1 and (candidate == label or candidate in taken):
            candidate, number = f"{label} ({number})", number + 1
        taken.add(candidate)
        numbered.append(candidate)
    return tuple(numbered)


def _compare_prompt(what: str, first: str, other: str) -> tuple[str, ...]:
    if first == other:
        return ()
    # Lines are counted, not matched: matching two long prompts takes too long for a page that is drawn again and again.
    before, after = Counter(first.splitlines()), Counter(other.splitlines())
    count = max((before - after).total(), (after - before).total())
    if count == 0:
        return (f"{what} (lines moved)",)
    return (f"{what} ({count:,} {'line' if count == 1 else 'lines'} changed)",)
