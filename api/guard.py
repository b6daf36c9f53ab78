"""Keeps other sites and other hosts out, for pages, API and sockets alike.

A page of another origin, or a foreign name that was made to point here (DNS rebinding), must not drive a Benchtop
that asks for no password. What a model writes must not load anything from elsewhere either: hence the policy headers.
"""

from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, PlainTextResponse
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
        allowed = {host.lower() for host in allowed_hosts}
        self._hosts = LOCAL_HOSTS | allowed
        # A remote client writes whatever Host it likes; who allows further hosts answers for who can reach them.
        self._takes_strangers = bool(allowed)

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
        if not self._takes_strangers and not is_local(scope.get("client")):
            return "Benchtop asks for no password, so it serves this machine only. See BENCHTOP_ALLOWED_HOSTS."
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


def is_local(client: tuple[str, int] | None) -> bool:
    """Say whether a client is on this machine; one without an address is in this process."""
    try:
        return client is None or ip_address(client[0].partition("%")[0]).is_loopback
    except ValueError:
        return True


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
    is_program = (scope["path"] + "/").startswith("/api/")
    answer = {"error": "forbidden", "message": reason, "hint": "", "details": []}
    response = JSONResponse(answer, status_code=403) if is_program else PlainTextResponse(reason, status_code=403)
    await response(scope, receive, send)


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
