"""Writes the place of a value in an answer the way the result names it."""


def dotted(pointer: str) -> str:
    """Return a JSON pointer as the dotted path the result uses."""
    parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/") if part]
    return ".".join(parts) or "(the whole answer)"
