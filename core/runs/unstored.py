"""Runs of tasks that store no content: what is in them lives in this process's memory, for a while.

The figures are stored: tokens, times, costs, statuses, and where an answer did not fit. Not stored are the input, the
requests, the answers, and whatever quotes them.
"""

import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from core.errors import StateConflictError
from core.runs.outcomes import RunOutcome, refusal_not_kept
from core.runs.progress import RunProgress
from core.runs.records import AttemptRecord, RunReason, RunRecord
from core.runs.sent_requests import read_feedback
from core.tasks.schemas.json_values import JsonObject

_MAX_RUNS = 200
_KEPT_SECONDS = 900.0
_NOT_NAMED = "*"
_CONTENT = ("request", "raw_answer", "errors", "mends", "exchanges", "is_request_cut")
"""Columns of an attempt that hold content, and are in memory as they came."""

Values = dict[str, Any]  # Any: columns by name


@dataclass
class _Unstored:
    input: object
    text: str = ""
    text_number: int = 0
    outcome: RunOutcome | None = None
    attempts: dict[int, Values] = field(default_factory=dict)
    ended_at: float | None = None


class UnstoredContents:
    """The contents of at most 200 runs of this process, each until 15 minutes after its end. For any thread."""

    def __init__(self, owner_id: uuid.UUID, *, clock: Callable[[], float] = time.monotonic) -> None:
        """`owner_id` is the process: nobody else can execute these runs."""
        self.owner_id = owner_id
        self._clock = clock
        self._runs: OrderedDict[uuid.UUID, _Unstored] = OrderedDict()
        self._lock = threading.Lock()

    def keep_input(self, run_id: uuid.UUID, value: object) -> None:
        """Hold the input of a run that is about to be queued. Raises: StateConflictError: 200 are not over yet."""
        with self._lock:
            self._forget_old()
            if len(self._runs) >= _MAX_RUNS:
                oldest = next((each for each, kept in self._runs.items() if kept.ended_at is not None), None)
                if oldest is None:
                    raise StateConflictError(
                        f"{_MAX_RUNS} runs of tasks that store no content are not over yet.",
                        hint="Their inputs are in memory only. Wait for some of them to end, or cancel them.",
                    )
                del self._runs[oldest]
            self._runs[run_id] = _Unstored(value)

    def drop(self, run_id: uuid.UUID) -> None:
        """Forget a run that was not queued after all."""
        with self._lock:
            self._runs.pop(run_id, None)

    def has(self, run_id: uuid.UUID) -> bool:
        """Say whether the run's content is here."""
        return self._find(run_id) is not None

    def find_input(self, run_id: uuid.UUID) -> object:
        """Return the run's input; None when it is not here."""
        kept = self._find(run_id)
        return None if kept is None else kept.input

    def add_text(self, run_id: uuid.UUID, number: int, text: str) -> None:
        """Hold a streamed piece of an attempt's answer."""
        kept = self._find(run_id)
        if kept is not None:
            kept.text = text if kept.text_number != number else kept.text + text
            kept.text_number = number

    def keep_attempt(self, run_id: uuid.UUID, number: int, values: Values) -> None:
        """Hold what an attempt's row would store."""
        kept = self._find(run_id)
        if kept is not None:
            kept.attempts[number] = {name: values[name] for name in _CONTENT}

    def end(self, run_id: uuid.UUID, outcome: RunOutcome | None = None) -> None:
        """Hold the outcome; the time until all of it is forgotten begins."""
        with self._lock:
            kept = self._runs.get(run_id)
            if kept is not None and kept.ended_at is None:
                kept.outcome, kept.ended_at = outcome, self._clock()
                self._runs.move_to_end(run_id)

    def forget_old(self) -> None:
        """Forget what ended more than 15 minutes ago."""
        with self._lock:
            self._forget_old()

    def complete_run(self, record: RunRecord) -> RunRecord:
        """Return the run with its content, if that is here."""
        kept = None if record.content_erased_at is None else self._find(record.id)
        if kept is None:
            return record
        if record.status.is_over and kept.ended_at is None:  # it was cancelled before it began, or by another process
            self.end(record.id)
        told = {} if kept.outcome is None else kept.outcome.model_dump(include={"result", "message", "hint"})
        return record.model_copy(update={"input": kept.input, **told})

    def complete_attempts(self, run_id: uuid.UUID, records: Sequence[AttemptRecord]) -> list[AttemptRecord]:
        """Return the attempts with their content, if that is here."""
        kept = self._find(run_id)
        if kept is None:
            return list(records)
        known = [
            AttemptRecord.model_validate({**dict(record), **kept.attempts.get(record.number, {})}) for record in records
        ]
        following = [record.request for record in known[1:]]
        return [
            record.model_copy(update={"fed_back": read_feedback(record.request, sent)})
            for record, sent in zip_longest(known, following)
        ]

    def complete_progress(self, run_id: uuid.UUID, progress: RunProgress) -> RunProgress:
        """Return the progress with the answer so far, if that is here."""
        kept = self._find(run_id)
        if kept is None or kept.text_number != progress.attempt_number:
            return progress
        return progress.model_copy(update={"text": kept.text})

    def _find(self, run_id: uuid.UUID) -> _Unstored | None:
        with self._lock:
            return self._runs.get(run_id)

    def _forget_old(self) -> None:
        before = self._clock() - _KEPT_SECONDS
        for run_id in [each for each, kept in self._runs.items() if kept.ended_at is not None]:
            if (self._runs[run_id].ended_at or 0.0) <= before:
                del self._runs[run_id]


def without_content(values: Values, *, rules: Sequence[str], schema: JsonObject) -> Values:
    """Return what of an attempt is stored: figures, and of each error its place and the rule it broke.

    A message may quote the answer, so it is not among them. Nor is a place whole where the answer chose the names.
    """
    names = frozenset(_list_names(schema))
    errors = [
        {"place": _known_place(error["place"], names), "message": f"Refused by the rule “{rule}”.", "value": ""}
        for error, rule in zip(values["errors"], rules, strict=True)
    ]
    mends = [
        {**mend, "place": _known_place(mend["place"], names), "before": "", "after": ""} for mend in values["mends"]
    ]
    exchanges = [{**exchange, "body": ""} for exchange in values["exchanges"]]
    stored = {"request": None, "is_request_cut": False, "raw_answer": ""}
    return {**values, **stored, "errors": errors, "mends": mends, "exchanges": exchanges}


def outcome_without_content(outcome: RunOutcome) -> RunOutcome:
    """Return what of an outcome is stored: not the answer, nor what a provider said of the request."""
    if outcome.reason is not RunReason.REQUEST_REFUSED:
        return outcome.model_copy(update={"result": None})
    return outcome.model_copy(update=refusal_not_kept())


def _list_names(schema: object) -> Iterable[str]:
    """Yield the names of fields that a schema itself gives."""
    pending = [schema]
    while pending:
        found = pending.pop()
        if isinstance(found, dict):
            properties = found.get("properties")
            if isinstance(properties, dict):
                yield from properties
            pending.extend(found.values())
        elif isinstance(found, list):
            pending.extend(found)


def _known_place(pointer: str, names: frozenset[str]) -> str:
    steps = pointer.split("/")[1:]
    known = [step.replace("~1", "/").replace("~0", "~") for step in steps]
    kept = [step if name in names or name.isdigit() else _NOT_NAMED for step, name in zip(steps, known, strict=True)]
    return "".join(f"/{step}" for step in kept)
