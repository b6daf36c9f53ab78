"""The files of components: a browser keeps those whose name says what is in them."""

from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from api.component_files import ComponentFiles

HASHED = "/component/grid/static/js/main.f4bb7ae6.js"


async def _send_file(request: Request) -> PlainTextResponse:
    status = 404 if "missing" in request.url.path else 200
    return PlainTextResponse("x" * 5_000, status_code=status, headers={"Cache-Control": "public"})


@pytest.fixture
def files() -> Starlette:
    """A server of files which it would pack."""
    app = Starlette(routes=[Route("/{path:path}", _send_file)])
    app.add_middleware(GZipMiddleware)
    return app


@pytest.fixture
def browser(files: Starlette) -> Iterator[TestClient]:
    """A browser on this machine."""
    with TestClient(ComponentFiles(files), client=("127.0.0.1", 50_000)) as browser:
        yield browser


def test_a_file_named_by_its_content_is_kept(browser: TestClient) -> None:
    assert browser.get(HASHED).headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize(
    "path",
    [
        "/component/grid/index.html",
        "/component/grid/bootstrap.min.css",
        "/component/missing.f4bb7ae6.js",
        "/a.f4bb7ae6.js",
    ],
)
def test_other_files_are_not_kept(browser: TestClient, path: str) -> None:
    assert browser.get(path).headers["cache-control"] == "public"


def test_packing_takes_longer_than_sending_on_one_machine(browser: TestClient, files: Starlette) -> None:
    with TestClient(ComponentFiles(files), client=("192.0.2.7", 50_000)) as stranger:
        packed = stranger.get(HASHED)

    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in browser.get(HASHED).headers
    assert browser.get("/anything").headers["content-encoding"] == "gzip"
