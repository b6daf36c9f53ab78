"""The OpenAPI document, with the links between routes, and the page that shows it."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.openapi.utils import get_openapi
from fastapi.params import Body
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles

Json = dict[str, Any]  # Any: pieces of an OpenAPI document

_DESCRIPTION = """
Everything the pages can do, for programs, in the same process and on the same rules.

- **Refusals** have one shape: `{"error": code, "message": sentence, "hint": next step, "details": [places]}`.
- **Lists** are `{"items": […], "next_cursor": …, "total": …}`; pass `next_cursor` as `cursor` to go on.
- **Lost updates**: send the `ETag` of what you read as `If-Match` with a PUT or DELETE; it is refused (412) if somebody
  was faster.
- **Repeats**: send an `Idempotency-Key` of your own with a POST; the same request with the same key is done once, and
  gets the first answer again for 24 hours, a refusal too, with `Idempotency-Replayed: true`. Where that answer was
  lost, or is still waited for, it gets what the first made, as it is now; 409 while nothing is made yet. The same key
  with another request is refused (422).
- **Events** come over the WebSocket `/ws?topics=agents,tasks,providers,runs,comparisons`.
"""
_KEY_PARAMETER: Json = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A key of your own, so that the request is done once however often it is sent.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]([ -~]*[!-~])?$"},
}
_ASSETS = "/docs/assets"


def _link(operation: str, parameters: Mapping[str, str] | None = None, *, body: Json | None = None) -> Json:
    """Describe a way to go on: the operation, and where its parameters stand in the answer at hand."""
    link: Json = {"operationId": operation, "parameters": dict(parameters or {})}
    if body:
        link["requestBody"] = body
    return link


_ID = "$response.body#/id"
_PAIR = {"agent_id": "$response.body#/agent_id", "task_id": "$response.body#/task_id"}


def _links_of(noun: str, *verbs: str) -> list[Json]:
    return [_link(f"{verb}_{noun}", {f"{noun}_id": _ID}) for verb in verbs]


_PROVIDER_LINKS = [
    *_links_of("provider", "get", "change", "delete", "validate"),
    _link("list_provider_models", {"provider_id": _ID}),
    _link("list_dialects", {"provider_id": _ID}),
    _link("edit_dialect", {"provider_id": _ID}),
    _link("probe_model", {"provider_id": _ID}),
    _link("get_provider_health", {"provider_id": _ID}),
    _link("create_agent", body={"provider_id": _ID}),
    _link("list_agents", {"provider_id": _ID}),
]
_AGENT_LINKS = [
    *_links_of("agent", "get", "change", "delete"),
    _link("list_agent_versions", {"agent_id": _ID}),
    _link("assign_task", {"agent_id": _ID}),
    _link("list_agent_tasks", {"agent_id": _ID}),
    _link("list_runs", {"agent_id": _ID}),
]
_TASK_LINKS = [
    *_links_of("task", "get", "change", "delete"),
    _link("list_task_versions", {"task_id": _ID}),
    _link("check_task_value", {"task_id": _ID}),
    _link("create_fixture", {"task_id": _ID}),
    _link("list_fixtures", {"task_id": _ID}),
    _link("assign_task", body={"task_id": _ID}),
    _link("list_agents", {"task_id": _ID}),
]
_FIXTURE = {"task_id": "$response.body#/task_id", "fixture_id": _ID}
_RUN_LINKS = [
    *_links_of("run", "get", "cancel", "copy", "rate", "delete"),
    _link("list_run_attempts", {"run_id": _ID}),
    _link("stream_run_events", {"run_id": _ID}),
]
_COMPARISON_LINKS = [
    *_links_of("comparison", "get", "align", "cancel", "delete"),
    _link("pick_winner", {"comparison_id": _ID}),
    _link("list_runs", {"comparison_id": _ID}),
]
_LINKS: dict[tuple[str, str], list[Json]] = {
    ("create_provider", "201"): _PROVIDER_LINKS,
    ("create_agent", "201"): _AGENT_LINKS,
    ("create_task", "201"): _TASK_LINKS,
    ("create_fixture", "201"): [_link(f"{verb}_fixture", _FIXTURE) for verb in ("get", "change", "delete")],
    ("start_run", "201"): _RUN_LINKS,
    ("start_comparison", "201"): _COMPARISON_LINKS,
    ("assign_task", "201"): [
        _link("start_run", body=_PAIR),
        _link("unassign_task", _PAIR),
        _link("list_agent_tasks", {"agent_id": _PAIR["agent_id"]}),
    ],
}


def build_document(api: FastAPI) -> Json:
    """Return the OpenAPI document of the API."""
    document = get_openapi(
        title=api.title, version=api.version, description=_DESCRIPTION, routes=api.routes, servers=[{"url": "/api"}]
    )
    _restore_examples(api, document)
    for path in document["paths"].values():
        for method, operation in path.items():
            operation["summary"] = operation["operationId"].replace("_", " ").capitalize()
            for parameter in operation.get("parameters", []):
                _leave_out_null(parameter["schema"])
            if method == "post":
                operation.setdefault("parameters", []).append(_KEY_PARAMETER)
            for status, links in _find_links(operation["operationId"]):
                operation["responses"][status]["links"] = {
                    f"{number} {link['operationId']}": link for number, link in enumerate(links, 1)
                }
    return document


def _restore_examples(api: FastAPI, document: Json) -> None:
    """Put the examples in as they were written: FastAPI leaves out of them whatever is null."""
    for context in iter_route_contexts(api.routes):
        route = context.original_route
        if not isinstance(route, APIRoute) or not route.include_in_schema:
            continue
        for method in route.methods or ():
            operation = document["paths"][route.path_format][method.lower()]
            for status, described in route.responses.items():
                for kind, content in described.get("content", {}).items():
                    operation["responses"][str(status)]["content"][kind] |= content
            if route.body_field is not None and isinstance(route.body_field.field_info, Body):
                body = operation["requestBody"]["content"]["application/json"]
                body["examples"] = route.body_field.field_info.openapi_examples


def _leave_out_null(schema: Json) -> None:
    """A parameter that may be left out is None in Python, but never null in an address."""
    kinds = [kind for kind in schema.get("anyOf", []) if kind != {"type": "null"}]
    if len(kinds) == 1:
        del schema["anyOf"]
        schema.update(kinds[0])


def _find_links(operation: str) -> list[tuple[str, list[Json]]]:
    return [(status, links) for (name, status), links in _LINKS.items() if name == operation]


def add_document(api: FastAPI) -> None:
    """Serve the document under /openapi.json and its page under /docs, with nothing from elsewhere."""

    @cache
    def write_document() -> bytes:
        return json.dumps(build_document(api)).encode()

    @api.get("/openapi.json", include_in_schema=False)
    def read_document() -> Response:
        return Response(write_document(), media_type="application/json")

    @api.get("/docs", include_in_schema=False)
    def show_document(request: Request) -> HTMLResponse:
        root = request.scope.get("root_path", "")
        return get_swagger_ui_html(
            openapi_url=f"{root}/openapi.json",
            title=f"{api.title} API",
            swagger_js_url=f"{root}{_ASSETS}/swagger-ui-bundle.js",
            swagger_css_url=f"{root}{_ASSETS}/swagger-ui.css",
            swagger_favicon_url="data:,",
            swagger_ui_parameters={"validatorUrl": None, "displayRequestDuration": True, "docExpansion": "list"},
        )

    api.mount(_ASSETS, StaticFiles(directory=_find_assets()), name="docs assets")


def _find_assets() -> Path:
    # Looked up, not imported: only the files in it are wanted.
    spec = find_spec("fastapi_offline")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("The package fastapi-offline is missing. Install requirements.txt again.")
    return Path(spec.submodule_search_locations[0]) / "static"
