"""Sends people who open an address below no page to the frame, which says that there is no such page.

Streamlit serves its frame at any address, but the frame names its scripts relative to it: two levels down none loads.
"""

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_KNOWN_PREFIXES = ("/api/", "/ws", "/rows/", "/component/", "/media/", "/static/", "/_stcore/")


class PageAddresses:
    """Redirects a browser's navigation to an address with several segments to its first one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _is_lost(scope):
            first = scope["path"].strip("/").partition("/")[0]
            await RedirectResponse(f"/{first}", status_code=307)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _is_lost(scope: Scope) -> bool:
    path = scope["path"]
    if scope["method"] != "GET" or "/" not in path.strip("/") or path.startswith(_KNOWN_PREFIXES):
        return False
    return "text/html" in Headers(scope=scope).get("accept", "")
