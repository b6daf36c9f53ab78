"""What programs see, under /api."""

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from core.services import current_services

_VERSION = "0.1.0"


def build_api() -> FastAPI:
    """Build the API. Its routes are relative to /api."""
    api = FastAPI(title="Benchtop", version=_VERSION, docs_url=None, redoc_url=None, openapi_url=None)

    @api.api_route("/health", methods=["GET", "HEAD"])
    def read_health() -> JSONResponse:
        health = current_services().check_health()
        if health.is_ready:
            return JSONResponse({"status": "ok", "database": "ok", "migrations": "current", "version": _VERSION})
        answer = {"status": "unavailable", "message": health.message, "hint": health.hint, "version": _VERSION}
        return JSONResponse(answer, status_code=503)

    @api.api_route("/{path:path}", methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
    def refuse_unknown(request: Request, path: str) -> JSONResponse:
        answer = {"error": "not_found", "message": f"There is nothing at {request.url.path}.", "details": []}
        return JSONResponse(answer, status_code=404)

    return api
