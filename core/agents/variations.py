"""What differs between two states of an agent, as the variation that leads from one to the other."""

from core.agents.records import AgentRecord, AgentVariation, AgentVersionRecord
from db.tables import AgentVersionRow

VARIED = tuple(AgentVariation.model_fields)
"""The fields a variation can set, in the order of a form."""


AgentState = AgentRecord | AgentVersionRecord | AgentVersionRow
"""What has the fields of a variation."""


def find_variation(base: AgentState, other: AgentState) -> AgentVariation:
    """Return what has to be different about `base` so that it does what `other` does."""
    different = {name: getattr(other, name) for name in VARIED if getattr(other, name) != getattr(base, name)}
    return AgentVariation.model_validate(different)


def list_differing(base: AgentState, variation: AgentVariation) -> tuple[str, ...]:
    """Return the names of the fields that the variation makes different, in the order of a form."""
    given = variation.list_set()
    return tuple(name for name in VARIED if name in given and given[name] != getattr(base, name))
