"""Keeps other sites and other hosts out, for pages, API and sockets alike.

A page of another origin, or a foreign name that was made to point here (DNS rebinding), must not drive a Benchtop
that asks for no password. What a model writes must not load anything from elsewhere either: hence the policy headers.
"""

from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
_CLOSED_PATHS = ("/_stcore/metrics", "/_stcore/agent", "/_stcore/upload_file")
_COMPONENT_PATHS = ("/component/", "/_stcore/bidi-components/")
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' {scripts}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
    "frame-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors {ancestors}"
)
_PAGE_POLICY = _POLICY.format(scripts="blob:", ancestors="'none'")
# The grid's frame builds its row source from text, which needs eval; no page does.
_COMPONENT_POLICY = _POLICY.format(scripts="blob: 'unsafe-eval'", ancestors="'self'")


class OriginGuard:
    """Refuses foreign hosts and origins, and says in every answer what a page may load."""

    def __init__(self, app: ASGIApp, *, allowed_hosts: Iterable[str] = ()) -> None:
        self._app = app
        self._hosts = LOCAL_HOSTS | {host.lower() for host in allowed_hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        refusal = self._find_refusal(scope)
        if refusal:
            await _refuse(refusal, scope, receive, _with_headers(scope["path"], send))
            return
        await self._app(scope, receive, _with_headers(scope["path"], send))

    def _find_refusal(self, scope: Scope) -> str:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if _host_name(host) not in self._hosts:
            return "Benchtop is not served under this host name. Allow it with BENCHTOP_ALLOWED_HOSTS."
        origin = headers.get("origin")
        if origin is not None and _net_location(origin) != host.lower():
            return "Requests from other sites are refused."
        if scope["path"].startswith(_CLOSED_PATHS):
            return "This path is closed."
        return ""


def _host_name(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def _net_location(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


async def _refuse(reason: str, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": reason})
        return
    await PlainTextResponse(reason, status_code=403)(scope, receive, send)


def _with_headers(path: str, send: Send) -> Send:
    policy = _COMPONENT_POLICY if path.startswith(_COMPONENT_PATHS) else _PAGE_POLICY

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["Content-Security-Policy"] = policy
            headers["X-Content-Type-Options"] = "nosniff"
            headers["Referrer-Policy"] = "no-referrer"
            headers["Cross-Origin-Opener-Policy"] = "same-origin"
        await send(message)

    return send_with_headers
