"""What the set-up of a comparison remembers between reruns."""

import uuid
from dataclasses import dataclass, field

from core.agents.records import AgentVariation
from core.runs.comparing.records import MAX_COLUMNS, MIN_COLUMNS, ComparisonColumnDraft

_SETTINGS = ("temperature", "max_tokens", "retries")


@dataclass
class ColumnSetup:
    """One column to be. `number` is a part of its widgets' keys, and not its place.

    `agent_version` None is the current one; `variation` is what is tried differently from it. `is_lost` says that the
    agent that was chosen is gone or may not do the task: nobody takes its place unasked.
    """

    number: int
    agent_id: uuid.UUID | None = None
    agent_version: int | None = None
    variation: AgentVariation = field(default_factory=AgentVariation)
    is_lost: bool = False

    def choose_agent(self, agent_id: uuid.UUID | None) -> None:
        """Take another agent. Settings that were tried stay; a model and prompts were those of the former one."""
        if agent_id == self.agent_id:
            return
        self.is_lost = False
        kept = {name: value for name, value in self.variation.list_set().items() if name in _SETTINGS}
        self.agent_id, self.agent_version = agent_id, None
        self.variation = AgentVariation.model_validate(kept)

    def lose_agent(self) -> None:
        self.choose_agent(None)
        self.is_lost = True

    def draft(self) -> ComparisonColumnDraft | None:
        """Return what is asked of the service; None while no agent is chosen."""
        if self.agent_id is None:
            return None
        variation = self.variation if self.variation.model_fields_set else None
        return ComparisonColumnDraft(agent_id=self.agent_id, agent_version=self.agent_version, variation=variation)


@dataclass
class CompareSetup:
    """A comparison to be. `made_count` is how many columns there ever were; two stand there from the start.

    `settled_task_id` is the task whose agents the columns were chosen from.
    """

    task_id: uuid.UUID | None = None
    settled_task_id: uuid.UUID | None = None
    columns: list[ColumnSetup] = field(default_factory=list)
    repeat_count: int = 1
    made_count: int = 0

    def __post_init__(self) -> None:
        while len(self.columns) < MIN_COLUMNS:
            self.add()

    @property
    def can_grow(self) -> bool:
        return len(self.columns) < MAX_COLUMNS

    @property
    def can_shrink(self) -> bool:
        return len(self.columns) > MIN_COLUMNS

    @property
    def run_count(self) -> int:
        return len(self.columns) * self.repeat_count

    def find(self, number: int | None) -> ColumnSetup | None:
        """Return the column of that number, None when it is gone."""
        return next((column for column in self.columns if column.number == number), None)

    def add(
        self,
        *,
        agent_id: uuid.UUID | None = None,
        agent_version: int | None = None,
        variation: AgentVariation | None = None,
        after: ColumnSetup | None = None,
    ) -> ColumnSetup:
        """Add a column, at the end or after another one."""
        self.made_count += 1
        added = ColumnSetup(self.made_count, agent_id, agent_version, variation or AgentVariation())
        place = len(self.columns) if after is None else self.columns.index(after) + 1
        self.columns.insert(place, added)
        return added

    def duplicate(self, column: ColumnSetup) -> ColumnSetup:
        """Add the same once more, beside it."""
        return self.add(
            agent_id=column.agent_id, agent_version=column.agent_version, variation=column.variation, after=column
        )

    def remove(self, column: ColumnSetup) -> None:
        if column in self.columns and self.can_shrink:
            self.columns.remove(column)

    def settle(self, choices: list[uuid.UUID]) -> None:
        """Have every column name one of these agents: those not used yet first, so that two differ where they can.

        A column whose agent was chosen for this very task and is not among them any more is left without one.
        """
        is_same_task, self.settled_task_id = self.settled_task_id == self.task_id, self.task_id
        for column in self.columns:
            if column.agent_id in choices or (is_same_task and column.is_lost):
                continue
            if is_same_task and column.agent_id is not None:
                column.lose_agent()
                continue
            used = {each.agent_id for each in self.columns}
            column.choose_agent(next((each for each in choices if each not in used), choices[0] if choices else None))
            column.is_lost = False
