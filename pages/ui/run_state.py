"""What the Run page remembers between its reruns."""

import uuid
from dataclasses import dataclass, field

from core.agents.records import AgentVariation
from core.errors import DashboardError
from pages.ui.input.state import InputState


@dataclass
class Tuning:
    """What is tried differently from the saved agents on the Run page, by agent. `round` is a part of the form's keys.

    `discarded` is what was discarded last and can be taken back; `error` what the last save met, shown beside the agent
    `error_beside`; `refusal` says which entries of the form cannot be used, so that no run is started as if they were
    not there.
    """

    variations: dict[uuid.UUID, AgentVariation] = field(default_factory=dict)
    round: int = 0
    discarded: tuple[uuid.UUID, AgentVariation] | None = None
    error: DashboardError | None = None
    error_beside: uuid.UUID | None = None
    refusal: DashboardError | None = None
    toast: str = ""

    def set(self, agent_id: uuid.UUID, variation: AgentVariation) -> None:
        """Have the form start from this variation."""
        self.variations[agent_id] = variation
        self.round += 1

    def discard(self, agent_id: uuid.UUID) -> None:
        """Go back to the saved agent; `take_back` undoes it."""
        self.discarded = (agent_id, self.variations.pop(agent_id, AgentVariation()))
        self.round += 1
        self.error = None

    def take_back(self) -> None:
        """Have back what was discarded last."""
        if self.discarded is not None:
            self.set(*self.discarded)
        self.discarded = None


@dataclass
class RunState:
    """The Run page. `seen` is the URL that was last taken over into the fields.

    `is_replaced` is True while the page is drawn with another agent or task than was chosen, because that one is gone.
    """

    seen: dict[str, str] = field(default_factory=dict)
    input: InputState = field(default_factory=InputState)
    is_replaced: bool = False
    error: DashboardError | None = None
    tuning: Tuning = field(default_factory=Tuning)
