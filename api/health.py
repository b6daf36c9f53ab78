"""Health: whether Benchtop can work, for monitors and start scripts."""

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from api.version import VERSION
from core.services import current_services

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """Benchtop can work."""

    status: str
    database: str
    migrations: str
    version: str


class Illness(BaseModel):
    """Benchtop cannot work, and why."""

    status: str
    message: str
    hint: str
    version: str


_OK = {"status": "ok", "database": "ok", "migrations": "current", "version": VERSION}
_DESCRIBED = {
    200: {"description": "It works.", "content": {"application/json": {"example": _OK}}},
    503: {"description": "It does not.", "model": Illness},
}


@router.head("/health", include_in_schema=False)
@router.get("/health", response_model=Health, responses=_DESCRIBED)  # type: ignore[arg-type]  # its dicts are wider
def read_health() -> Response:
    """Say whether the database answers and is at this version's schema."""
    health = current_services().check_health()
    if health.is_ready:
        return JSONResponse(_OK)
    answer = {"status": "unavailable", "message": health.message, "hint": health.hint, "version": VERSION}
    return JSONResponse(answer, status_code=503)
