"""What a probe asks and what it reads of the answers, whichever way they travel."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from core.providers.dialects import MaxTokensField

TOOL_NAME: Final = "give_word"
USUAL_TOKENS: Final = 48
"""How long an answer may be, where something tells of it."""
# What servers answer to a request whose parts they do not take. A 500 too: some fail where they should refuse.
_REFUSALS: Final = frozenset({400, 404, 405, 413, 415, 422, 500, 501})


class NotAskable(Exception):
    """This way of asking has no such question."""


class ProbeEnded(Exception):
    """Nothing more can be found out. `note` says why, in a sentence."""

    def __init__(self, note: str) -> None:
        super().__init__(note)
        self.note = note


@dataclass(frozen=True, slots=True)
class Question:
    """One tiny request."""

    prompt: str
    system: str = ""
    choices: tuple[str, ...] = ()
    """The only values that the schema of the answer allows for its one field; empty: no schema is sent."""
    wants_object: bool = False
    has_tool: bool = False
    demands_tool: bool = False
    streams: bool = False
    asks_usage: bool = False
    max_tokens: int | None = USUAL_TOKENS
    max_tokens_field: MaxTokensField | None = None
    """None: the one that the provider is taken to heed."""
    temperature: float | None = None
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back."""

    status: int = 200
    said: str = ""
    """What the server said of a refusal."""
    text: str = ""
    has_tool_call: bool = False
    is_cut: bool = False
    """Whether the limit of tokens ended it."""
    output_tokens: int | None = None
    """None: it told of none."""
    was_streamed: bool = False

    @property
    def is_answer(self) -> bool:
        return self.status == 200

    @property
    def is_refused(self) -> bool:
        return self.status in _REFUSALS

    @property
    def is_telling(self) -> bool:
        """Whether the model wrote to an end, so that what is missing was not merely cut off."""
        return self.is_answer and not self.is_cut and (bool(self.text.strip()) or self.has_tool_call)


class Asker(Protocol):
    """Asks one model of one provider."""

    async def ask(self, question: Question) -> Reply:
        """Return what came back. Raises: NotAskable; ProbeEnded: no answer came, or one that ends the probe."""
        ...


class BudgetedAsker:
    """Lets a few questions pass, and no more."""

    def __init__(self, asker: Asker, *, budget: int) -> None:
        self._asker = asker
        self.left = budget

    async def ask(self, question: Question) -> Reply:
        """Ask, if there is something left to ask with. Raises: NotAskable: there is not; see also `Asker`."""
        if self.left < 1:
            raise NotAskable
        reply = await self._asker.ask(question)
        self.left -= 1
        return reply


def make_nonce() -> str:
    """Return a word that no model writes of its own accord."""
    return f"zq{secrets.token_hex(3)}"


FindNonce = Callable[[], str]
