"""Lets a browser keep the scripts of components: the history's grid is 4.7 MB of them.

Streamlit gives them no age, so a browser asks for them with every frame, and packs them anew each time, in the event
loop: half a second in which nobody else is answered.
"""

import re

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.guard import is_local

_PREFIX = "/component/"
_NAMED_BY_CONTENT = re.compile(r"\.[0-9a-f]{8,20}\.\w+$")
_FOR_EVER = "public, max-age=31536000, immutable"


class ComponentFiles:
    """Says that a file whose name has a hash of its content stays as it is, and sends it unpacked to this machine."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(_PREFIX):
            await self._app(scope, receive, send)
            return
        if is_local(scope.get("client")):
            headers = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
            scope = {**scope, "headers": headers}
        keeps = _NAMED_BY_CONTENT.search(scope["path"]) is not None
        await self._app(scope, receive, _kept(send) if keeps else send)


def _kept(send: Send) -> Send:
    async def send_kept(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == 200:
            MutableHeaders(scope=message)["Cache-Control"] = _FOR_EVER
        await send(message)

    return send_kept
