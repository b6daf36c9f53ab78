"""What an engine tells of a run while it goes on, whoever keeps it: the database's journal, or a draft's notes."""

from collections.abc import Sequence
from typing import Any, Protocol

from core.runs.records import AttemptStatus
from core.tasks.mending import Mend


class Recorder(Protocol):
    """Takes down the attempts of one run. At most one attempt is open at a time."""

    failed_attempts: int
    was_empty: bool
    """Whether the last answer held no text."""
    was_answered: bool
    """Whether the open attempt was answered at all."""

    async def start_attempt(self) -> None:
        """Note that a request is about to be sent; an attempt still open is closed as failed first."""

    async def take_piece(self, text: str) -> None:
        """Note a streamed piece of the answer."""

    def take_answer(
        self,
        text: str,
        *,
        finish_reason: str,
        input_tokens: int,
        output_tokens: int,
        cached_input_tokens: int | None = None,
        cache_write_tokens: int | None = None,
    ) -> None:
        """Keep the whole answer of the open attempt. None: the server told of no such tokens."""

    def take_errors(self, errors: Sequence[dict[str, Any]]) -> None:  # Any: place, message, value, rule
        """Keep why the open attempt's answer was refused; `rule` is the schema's keyword, or a word of ours."""

    def take_mends(self, mends: Sequence[Mend]) -> None:
        """Keep what was mended in the open attempt's answer before it was judged."""

    async def end_attempt(self, status: AttemptStatus) -> None:
        """Close the open attempt; does nothing when none is open."""
