"""The ASGI app: pages, API and guard in one process. Run it with `streamlit run app.py`."""

import asyncio
import gc
import importlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from anyio.to_thread import current_default_thread_limiter
from starlette.middleware import Middleware

from api.addresses import PageAddresses
from api.application import mount_api
from api.component_files import ComponentFiles
from api.ending import hearing_the_end
from api.guard import OriginGuard
from api.sockets import routes as socket_routes
from core.errors import InvalidInputError
from core.services import current_services
from pages.ui.reruns import mend_reruns
from pages.ui.run_rows import routes as row_routes

# Not st_aggrid: a component that is imported outside a page's script is never registered.
_THREADS = 8
_WARM_MODULES = ("pandas", "streamlit.dataframe_util")


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """Start the services, load what pages need, and freeze it: Streamlit collects garbage after every rerun."""
    # More threads than database connections would only wait for each other.
    current_default_thread_limiter().total_tokens = _THREADS
    services = current_services()
    await asyncio.to_thread(services.start)
    for module in _WARM_MODULES:
        await asyncio.to_thread(importlib.import_module, module)
    gc.collect()
    gc.freeze()
    with hearing_the_end():
        yield
    await asyncio.to_thread(services.stop)


def _read_allowed_hosts() -> tuple[str, ...]:
    """Return the host names of the settings, or end with a sentence that names the setting that cannot be used."""
    try:
        return current_services().settings.allowed_hosts
    except InvalidInputError as error:
        problems = "; ".join(f"{detail.place}: {detail.message}" for detail in error.details)
        raise SystemExit(f"Benchtop does not start. {error.message} {problems}") from error


mend_reruns()
app = st.App(
    "pages/main.py",
    lifespan=lifespan,
    routes=[*row_routes, *socket_routes, *mount_api()],
    middleware=[
        Middleware(OriginGuard, allowed_hosts=_read_allowed_hosts()),
        Middleware(PageAddresses),
        Middleware(ComponentFiles),
    ],
)
