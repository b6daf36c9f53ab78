"""What happens in a run at one moment, written by one statement: all of it or nothing, in one message to the server.

    WITH part_0 AS (UPDATE …), part_1 AS (INSERT …),     what is to change, if it is still to be changed
         changed                                         which parts found it so
         held                                            the lock on the order of events, taken after all of them
         listed, noted, added, told                      the events of those parts, stored and told

A row changes only from the state it is expected to have, so a step may be taken twice: a commit whose confirmation was
lost does nothing the second time.
"""

import json
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, literal_column
from sqlmodel import Session, select

from db.events import ORDER_LOCK, TELLING, Announced, of_run
from db.tables import ProviderRow, utc_now

_JSON_COLUMNS = frozenset({"request", "errors", "mends", "exchanges", "cost", "result", "input"})

_ALL = f"""
    WITH {{parts}},
    changed AS MATERIALIZED ({{changed}}),
    held AS MATERIALIZED (
        SELECT pg_advisory_xact_lock({ORDER_LOCK}) FROM (SELECT count(*) FROM changed) AS counted(n) WHERE n > 0
    ),
    listed AS MATERIALIZED (
        SELECT each, number
        FROM held, json_array_elements(%(events)s::json) WITH ORDINALITY AS given(each, number)
        WHERE CAST(each->>'part' AS integer) IN (SELECT part FROM changed)
    ), {TELLING}
    SELECT ARRAY(SELECT part FROM changed), (SELECT count(*) FROM told)
"""  # noqa: S608  # constants

Values = Mapping[str, Any]  # Any: columns by name


# The statement sees the rows as they were before it, so a run that it claims is still queued here.
_CLAIM = f"""
    WITH part_0 AS (
        UPDATE runs SET status = 'running', claimed_by = %(claimed_by)s, started_at = %(started_at)s
        WHERE id = %(run_id)s AND status = 'queued' AND (claimed_by IS NULL OR claimed_by = %(claimed_by)s)
        RETURNING 0 AS part
    ),
    held AS MATERIALIZED (SELECT pg_advisory_xact_lock({ORDER_LOCK}) FROM part_0),
    listed AS MATERIALIZED (
        SELECT each, number
        FROM held, json_array_elements(%(events)s::json) WITH ORDINALITY AS given(each, number)
    ), {TELLING}
    SELECT runs.input, runs.agent_version_id, runs.task_version_id, (SELECT count(*) FROM told),
        runs.provider_id, llm_providers.xmin::text AS provider_state
    FROM runs JOIN llm_providers ON llm_providers.id = runs.provider_id
    WHERE runs.id = %(run_id)s
        AND (EXISTS (SELECT FROM part_0) OR (status = 'running' AND claimed_by = %(claimed_by)s))
"""  # noqa: S608  # constants


class ClaimedRun(NamedTuple):
    """What of a claimed run its execution needs besides the versions it pins."""

    id: uuid.UUID
    input: Any  # Any: JSON the user wrote
    agent_version_id: uuid.UUID
    task_version_id: uuid.UUID
    provider_id: uuid.UUID
    provider_state: str
    """Another one after each change of the provider's row."""


def claim_run(connection: Connection, run_id: uuid.UUID, *, claimed_by: uuid.UUID) -> ClaimedRun | None:
    """Take a queued run for a process, unless its content is in the memory of another; return it if it is held now.

    `connection` commits each statement by itself.
    """
    events = json.dumps([of_run(run_id, "started", noted={}, data={})])
    values = {"run_id": run_id, "claimed_by": claimed_by, "started_at": utc_now(), "events": events}
    found = connection.exec_driver_sql(_CLAIM, values).mappings().first()
    if found is None:
        return None
    return ClaimedRun(run_id, **{name: found[name] for name in ClaimedRun._fields[1:]})


def read_called_provider(session: Session, provider_id: uuid.UUID) -> tuple[str, ProviderRow]:
    """Return a provider, deleted or not, after its state as `ClaimedRun` has it; it may be newer than that one."""
    state: Any = literal_column("llm_providers.xmin::text")  # Any: sqlmodel's select takes no bare column
    found = session.exec(select(state, ProviderRow).where(ProviderRow.id == provider_id)).one()
    return found[0], found[1]


class RunStep:
    """Collects what happens in a run; `take` writes it. What is collected first is told first."""

    def __init__(self, run_id: uuid.UUID) -> None:
        self._run_id = run_id
        self._parts: list[str] = []
        self._values: dict[str, Any] = {"run_id": run_id}  # Any: of whatever column
        self._events: list[Announced] = []

    def queue(self, values: Values, *, words: str) -> None:
        """Store a new run, to be found by these words."""
        names = ", ".join(values)
        places = ", ".join(_place(name) for name in values)
        self._add(
            f"INSERT INTO runs ({names}, search) VALUES ({places}, to_tsvector('simple', {{words}}))",  # noqa: S608  # columns
            {**values, "words": words},
        )
        self._tell("queued")

    def start_attempt(self, number: int, *, started_at: datetime) -> None:
        """Store an attempt whose request is about to be sent."""
        self._add(
            "INSERT INTO run_attempts (id, run_id, number, started_at, status, is_request_cut, raw_answer, errors, "
            "mends, exchanges, finish_reason, input_tokens, output_tokens) VALUES ({id}, %(run_id)s, {number}, "
            "{started_at}, 'running', false, '', '[]', '[]', '[]', '', 0, 0) ON CONFLICT (run_id, number) DO NOTHING",
            {"id": uuid.uuid4(), "number": number, "started_at": started_at},
        )
        self._tell("attempt_started", told={"number": number})

    def end_attempt(self, number: int, values: Values, *, noted: Announced) -> None:
        """Store how a running attempt ended; `noted` is kept with its event besides the number."""
        assigned = ", ".join(f"{name} = {_place(name)}" for name in values)
        self._add(
            f"UPDATE run_attempts SET {assigned} "  # noqa: S608  # names of columns
            "WHERE run_id = %(run_id)s AND number = {number} AND status = 'running'",
            {**values, "number": number},
        )
        self._tell(f"attempt_{values['status']}", told={"number": number}, noted=noted)

    def end_run(self, values: Values, *, claimed_by: uuid.UUID, words: str = "") -> None:
        """Store the outcome of the running run that a process holds; `words` can find it from now on."""
        assigned = ", ".join(f"{name} = {_place(name)}" for name in values)
        found_by = ", search = search || to_tsvector('simple', {words})" if words else ""
        self._add(
            f"UPDATE runs SET ended_at = {{ended_at}}, {assigned}{found_by} "  # noqa: S608  # names of columns
            "WHERE id = %(run_id)s AND status = 'running' AND claimed_by = {claimed_by}",
            {"ended_at": utc_now(), **values, "claimed_by": claimed_by, **({"words": words} if words else {})},
        )
        self._tell("ended", told={"status": values["status"]})

    def note(self, kind: str, *, told: Announced, noted: Announced) -> None:
        """Tell something of the run that changes no row; `noted` is kept with the event besides what is told."""
        self._add("SELECT", {})
        self._tell(kind, told=told, noted=noted)

    @property
    def is_empty(self) -> bool:
        return not self._parts

    def take(self, connection: Connection) -> bool:
        """Write it; say whether everything was still to be done. `connection` commits each statement by itself."""
        parts = ", ".join(f"part_{place} AS ({part})" for place, part in enumerate(self._parts))
        changed = " UNION ALL ".join(f"SELECT {place} AS part FROM part_{place}" for place in range(len(self._parts)))  # noqa: S608  # numbers
        statement = _ALL.format(parts=parts, changed=changed)
        values = {**self._values, "events": json.dumps(self._events, default=str)}
        row = connection.exec_driver_sql(statement, values).one()
        return len(row[0]) == len(self._parts)

    def _add(self, part: str, values: Values) -> None:
        place = len(self._parts)
        names = {name: f"%(p{place}_{name})s" for name in values}
        returning = " RETURNING 1" if values else " 1"
        self._parts.append(part.format(**names) + returning)
        for name, value in values.items():
            is_json = name in _JSON_COLUMNS and value is not None
            self._values[f"p{place}_{name}"] = json.dumps(value) if is_json else value

    def _tell(self, kind: str, *, told: Announced | None = None, noted: Announced | None = None) -> None:
        announced = of_run(self._run_id, kind, noted={**(told or {}), **(noted or {})}, data=told or {})
        self._events.append({**announced, "part": len(self._parts) - 1})


def _place(name: str) -> str:
    return f"{{{name}}}::json" if name in _JSON_COLUMNS else f"{{{name}}}"
