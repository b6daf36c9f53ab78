"""What programs see, under /api."""

import re

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from api import (
    agent_tasks,
    agents,
    comparisons,
    fixtures,
    health,
    history,
    preparation,
    provider_dialects,
    provider_health,
    provider_models,
    provider_types,
    providers,
    runs,
    tasks,
)
from api.bodies import BodyLimit
from api.errors import build_refusal, refuse
from api.openapi import add_document
from api.version import VERSION

ROOT = "/api"
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_PROVIDERS = (providers, provider_models, provider_dialects, provider_health, provider_types)
_NOUNS = (*_PROVIDERS, agents, agent_tasks, tasks, fixtures, history, preparation, runs, comparisons)


def build_api() -> FastAPI:
    """Build the API. Its routes are relative to /api."""
    api = FastAPI(
        title="Benchtop",
        version=VERSION,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
    )
    for module in (health, *_NOUNS):
        api.include_router(module.router)
    add_document(api)
    api.add_exception_handler(HTTPException, _refuse_address)
    api.add_middleware(BodyLimit)
    return api


def mount_api() -> list[BaseRoute]:
    """Return the API as it stands in the app, under /api, where every path is its own."""
    mount = Mount(ROOT, app=build_api())
    # Starlette's pattern stops at a line break, which would lead such a path to the pages.
    mount.path_regex = re.compile(mount.path_regex.pattern, re.DOTALL)
    return [Route(ROOT, _answer_root, methods=_METHODS), mount]


async def _answer_root(request: Request) -> Response:
    """Lead people to the documentation; the root takes nothing from programs."""
    if request.method in ("GET", "HEAD"):
        return RedirectResponse(f"{ROOT}/docs", status_code=307)
    return build_refusal(404, "not_found", f"There is nothing at {ROOT}.", hint=f"{ROOT}/docs says what there is.")


def _refuse_address(request: Request, error: Exception) -> Response:
    """Refuse what led to no route: an unknown path, or a method that the path does not take."""
    path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
    if not isinstance(error, HTTPException) or error.status_code != 405:
        return refuse(error, path=request.url.path)
    allowed = _list_methods(path)
    message = f"{request.url.path} does not take {request.method}, but {', '.join(allowed)}."
    return build_refusal(405, "method_not_allowed", message, headers={"Allow": ", ".join(allowed)})


def _list_methods(path: str) -> list[str]:
    """Return every method that some route takes at the path: a route by itself knows only its own."""
    routes = [route for module in (health, *_NOUNS) for route in module.router.routes if isinstance(route, APIRoute)]
    methods = {method for route in routes if route.path_regex.match(path) for method in route.methods or ()}
    return sorted(methods) or ["GET"]
