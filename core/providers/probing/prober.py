"""The questions of a probe, and what their answers show."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

from core.providers.dialects import DialectFindings, MaxTokensField, SchemaSupport, ServerDialect, Support
from core.providers.probing.asking import (
    Asker,
    BudgetedAsker,
    FindNonce,
    NotAskable,
    ProbeEnded,
    Question,
    Reply,
    make_nonce,
)
from core.providers.probing.deriving import find_output_mode
from core.providers.probing.explaining import quote

MAX_QUESTIONS: Final = 10
_FEW_TOKENS: Final = 8
# A limit of 8 is heeded by what stops near it: some servers count what surrounds an answer, too.
_NEAR_TOKENS: Final = 16
_FEW_CHARACTERS: Final = 80
_SILENT: Final = (
    "The model's answers were empty or cut off, so not everything could be found out: some models think in silence "
    "first. Try another one."
)
_HELLO: Final = "Say hello."
_COUNT: Final = "Count from 1 to 40 in digits, separated by commas. Write nothing else."
_INVENT: Final = "Invent three unusual names for a ship. Write nothing else."


@dataclass
class Found:
    """What a probe has found so far. It grows while the probe goes on, so that a broken one leaves what it had."""

    values: dict[str, Any] = field(default_factory=dict)  # Any: a Support, SchemaSupport or MaxTokensField
    note: str = ""
    question_count: int = 0

    def add(self, name: str, value: object) -> None:
        """Keep a finding; what remains unknown is none."""
        if value not in (None, Support.UNKNOWN, SchemaSupport.UNKNOWN):
            self.values[name] = value

    @property
    def findings(self) -> DialectFindings:
        found = DialectFindings.model_validate(self.values)
        return found.model_copy(update={"output_mode": find_output_mode(found)})


class Prober:
    """Asks one model at most ten questions, the weightiest first."""

    def __init__(
        self, asker: Asker, *, dialect: ServerDialect, found: Found, find_nonce: FindNonce = make_nonce
    ) -> None:
        """`dialect` is what is taken for true so far; `found` takes what the answers show."""
        self._asker = BudgetedAsker(asker, budget=MAX_QUESTIONS)
        self._dialect = dialect
        self._find_nonce = find_nonce
        self.found = found
        self._limits: dict[MaxTokensField, bool | None] = {}

    async def probe(self) -> None:
        """Ask, and keep in `found` what the answers show. Raises: whatever the asker does not know."""
        steps: tuple[Callable[[], Awaitable[None]], ...] = (
            self._ask_system,
            self._ask_schema,
            self._ask_object,
            self._ask_tools,
            self._ask_stream,
            self._ask_max_tokens,
            self._ask_seed,
        )
        for step in steps:
            try:
                await step()
            except NotAskable:
                continue
            except ProbeEnded as ended:
                self.found.note = ended.note
                return
            finally:
                self.found.question_count = MAX_QUESTIONS - self._asker.left
        if "json_schema" not in self.found.values:
            self.found.note = _SILENT

    async def _ask_system(self) -> None:
        """Ask the simplest question first: when even that is refused, there is nothing to find out."""
        nonce = self._find_nonce()
        order = f"Answer every message with this one word and nothing else: {nonce}"
        reply = await self._asker.ask(Question("Hello!", system=order))
        if reply.is_answer and (nonce in reply.text or not reply.is_telling):
            self.found.add("system_messages", Support.YES)
            return
        told = await self._asker.ask(Question(f"{order}\n\nHello!"))
        if not told.is_answer:
            is_unknown = told.status == 404
            what = "It knows no such model or address" if is_unknown else "Even the simplest request was refused"
            raise ProbeEnded(f"{what} (HTTP {told.status}).{quote(told.said)}")
        # Taken and not heeded, while the model does as the user says: then the server leaves it out.
        is_dropped = reply.is_answer and nonce in told.text
        self.found.add("system_messages", Support.NO if reply.is_refused or is_dropped else Support.YES)

    async def _ask_schema(self) -> None:
        nonce = self._find_nonce()
        reply = await self._asker.ask(Question(_HELLO, choices=(nonce,)))
        if reply.is_refused:
            self.found.add("json_schema", SchemaSupport.REFUSED)
        elif _read_word(reply.text) == nonce:
            self.found.add("json_schema", SchemaSupport.ENFORCED)
        elif reply.is_telling or (reply.text.strip() and not reply.text.lstrip().startswith("{")):
            self.found.add("json_schema", SchemaSupport.IGNORED)

    async def _ask_object(self) -> None:
        reply = await self._asker.ask(Question("Say hello as JSON, with one field named word.", wants_object=True))
        if reply.is_refused:
            self.found.add("json_object", Support.NO)
        elif isinstance(_read_json(reply.text), dict):
            self.found.add("json_object", Support.YES)
        elif reply.is_telling:
            self.found.add("json_object", Support.NO)

    async def _ask_tools(self) -> None:
        """Demand a tool where the user forbids it: it is called only where a demand counts."""
        forbidding = Question("Say hello in plain words. Do not call any tool.", has_tool=True, demands_tool=True)
        demanded = await self._asker.ask(forbidding)
        if demanded.is_answer and demanded.has_tool_call:
            self.found.add("tools", Support.YES)
            self.found.add("tool_choice", Support.YES)
            return
        if demanded.is_refused or demanded.is_telling:
            self.found.add("tool_choice", Support.NO)
        offered = await self._asker.ask(Question("Call the tool with the word hello.", has_tool=True))
        if offered.is_answer and offered.has_tool_call:
            self.found.add("tools", Support.YES)
        elif offered.is_refused or offered.is_telling:
            self.found.add("tools", Support.NO)

    async def _ask_stream(self) -> None:
        """Ask for a long answer with a low limit, streamed: one question about three things, as long as it is taken."""
        first = self._likely_limit
        try:
            reply = await self._asker.ask(_limited(first, streams=True))
        except NotAskable:
            reply = await self._asker.ask(Question(_HELLO, streams=True, asks_usage=True))
        else:
            # Which of the three a refusal is about shows when they are asked apart.
            self._limits[first] = None if reply.is_refused else _heeds_limit(reply)
        has_usage = reply.is_answer and reply.output_tokens is not None
        if reply.is_refused:
            reply = await self._asker.ask(Question(_HELLO, streams=True))
        if reply.is_answer:
            self.found.add("streaming", Support.YES if reply.was_streamed else Support.NO)
            self.found.add("usage", Support.YES if has_usage else Support.NO)
        elif reply.is_refused:
            self.found.add("streaming", Support.NO)

    async def _ask_max_tokens(self) -> None:
        """Ask again under the less likely name only where the likelier is ignored or refused."""
        first = self._likely_limit
        is_new = first is MaxTokensField.MAX_COMPLETION_TOKENS
        second = MaxTokensField.MAX_TOKENS if is_new else MaxTokensField.MAX_COMPLETION_TOKENS
        if self._limits.get(first) is None:
            self._limits[first] = _heeds_limit(await self._asker.ask(_limited(first)))
        if not self._limits[first]:
            self._limits[second] = _heeds_limit(await self._asker.ask(_limited(second)))
        heeded = [name for name, heeds in self._limits.items() if heeds]
        if heeded:
            self.found.add("max_tokens_field", heeded[0])
        elif set(self._limits.values()) == {False}:
            self.found.add("max_tokens_field", MaxTokensField.NEITHER)

    @property
    def _likely_limit(self) -> MaxTokensField:
        known = self._dialect.max_tokens_field
        return MaxTokensField.MAX_TOKENS if known is MaxTokensField.NEITHER else known

    async def _ask_seed(self) -> None:
        """Ask the same twice with one seed, and when that gave the same, once more with another."""
        if self._asker.left < 2:
            return
        first = await self._asker.ask(Question(_INVENT, seed=7, temperature=1.0))
        again = await self._asker.ask(Question(_INVENT, seed=7, temperature=1.0))
        if not (first.is_answer and again.is_answer and first.text.strip()):
            return
        if first.text != again.text:
            self.found.add("seed", Support.NO)
            return
        other = await self._asker.ask(Question(_INVENT, seed=11, temperature=1.0))
        if other.is_answer and other.text != first.text:
            self.found.add("seed", Support.YES)


def _limited(name: MaxTokensField, *, streams: bool = False) -> Question:
    return Question(_COUNT, max_tokens=_FEW_TOKENS, max_tokens_field=name, streams=streams, asks_usage=streams)


def _heeds_limit(reply: Reply) -> bool | None:
    """Return whether an answer kept to a low limit of tokens; None: it cannot be told."""
    if reply.is_refused:
        return False
    if not reply.is_answer:
        return None
    counted = reply.output_tokens or 0
    if reply.is_cut:
        return len(reply.text) <= _FEW_CHARACTERS and counted <= _NEAR_TOKENS
    return False if len(reply.text) > _FEW_CHARACTERS or counted > _FEW_TOKENS + 1 else None


def _read_word(text: str) -> object:
    found = _read_json(text)
    return found.get("word") if isinstance(found, dict) else None


def _read_json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
