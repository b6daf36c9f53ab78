"""Requests that carry a key of the caller's own are done once; a repeat gets the first answer again.

reserve ── new ──> the request is done ──> keep_answer, or release when it failed before it did anything
   ├── same request, answered ──> the kept answer
   ├── same request, done but not answered ──> what it made, to be answered as it is now
   ├── same request, still at work ──> StillAtWorkError
   └── another request ──> KeyReusedError

What a request made is noted in the transaction that made it. So whatever breaks, nothing is done twice.
"""

import hashlib
import hmac
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict

from core.actors import Actor
from core.errors import ConflictError, InvalidInputError
from core.store import Store, before_each_commit
from db.events import first_announced
from db.queries import idempotency as idempotency_queries
from db.session import Session

KEPT_FOR = timedelta(hours=24)
ABANDONED_AFTER = timedelta(minutes=15)
"""Longer than any request takes: one that holds a key for longer and did nothing died with its process."""


class KeyReusedError(InvalidInputError):
    """The key was used for another request."""

    code = "idempotency_key_reused"


class StillAtWorkError(ConflictError):
    """The first request with this key is not answered yet."""

    code = "still_at_work"


class KeptAnswer(BaseModel):
    """What a request was answered. Answers hold no secrets."""

    model_config = ConfigDict(frozen=True)

    status: int
    headers: dict[str, str]
    body: str


def fingerprint_request(key: str, parts: Sequence[bytes]) -> str:
    """Return a hash of a request. A secret in it is safe by its own length only."""
    digest = hmac.new(key.encode(), digestmod=hashlib.sha256)
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()


class Made(BaseModel):
    """What a request did first: the event it announced."""

    model_config = ConfigDict(frozen=True)

    topic: str
    event: str
    data: dict[str, Any]  # Any: ids and words


class IdempotencyService:
    """Remembers for 24 hours what a request with a key was answered."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def reserve(self, actor: Actor, key: str, *, fingerprint: str) -> KeptAnswer | Made | None:
        """Take the key for this request, or return what the same request was answered or made before.

        Raises: KeyReusedError; StillAtWorkError.
        """
        with self._store.transaction() as session:
            is_mine = idempotency_queries.reserve(
                session,
                actor=actor.name,
                key=key,
                fingerprint=fingerprint,
                abandoned_after=ABANDONED_AFTER,
                kept_for=KEPT_FOR,
            )
            row = None if is_mine else idempotency_queries.find(session, actor=actor.name, key=key)
        if is_mine:
            return None
        if row is None or (row.fingerprint == fingerprint and row.status is None and row.made is None):
            raise StillAtWorkError("The first request with this key is still at work.", hint="Ask again in a moment.")
        if row.fingerprint != fingerprint:
            raise KeyReusedError(
                "This idempotency key was used for another request.", hint="Take a new key for each new request."
            )
        if row.status is None:
            return Made.model_validate(row.made)
        return KeptAnswer(status=row.status, headers=row.headers or {}, body=row.body)

    @contextmanager
    def noting(self, actor: Actor, key: str, *, fingerprint: str) -> Iterator[None]:
        """Have the request of this block, which holds the key, note what it makes as it makes it."""

        def note(session: Session) -> None:
            made = first_announced(session)
            if made is not None:
                idempotency_queries.note_made(session, actor=actor.name, key=key, fingerprint=fingerprint, made=made)

        with before_each_commit(note):
            yield

    def keep_answer(self, actor: Actor, key: str, *, fingerprint: str, answer: KeptAnswer) -> None:
        """Keep what the request that holds the key was answered."""
        with self._store.transaction() as session:
            idempotency_queries.keep_answer(
                session, actor=actor.name, key=key, fingerprint=fingerprint, **answer.model_dump()
            )

    def release(self, actor: Actor, key: str, *, fingerprint: str) -> None:
        """Give the key back if nothing was done: the request failed here, and may be tried again."""
        with self._store.transaction() as session:
            idempotency_queries.release(session, actor=actor.name, key=key, fingerprint=fingerprint)
