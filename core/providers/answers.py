"""What a server answered that is not what was asked for."""

import httpx2

_KEPT_CHARACTERS = 2_000


class BadAnswer(Exception):
    """A server answered, but not like the type of server it is taken for."""

    def __init__(self, found: str, *, status: int = 200, headers: httpx2.Headers | None = None, body: str = "") -> None:
        """`found` ends the sentence "HOST answers, but not like …: "; `body` is cut to its beginning."""
        super().__init__(found)
        self.found = found
        self.status = status
        self.headers = headers if headers is not None else httpx2.Headers()
        self.body = body[:_KEPT_CHARACTERS]
