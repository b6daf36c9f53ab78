"""Under which name a schema is sent."""

import re


def schema_name(task_name: str) -> str:
    """Return a name servers accept for a schema: letters, digits, _ and -, at most 64."""
    slug = re.sub(r"[^A-Za-z0-9_-]+", "_", task_name).strip("_")
    return slug[:64] or "answer"
