"""Where a server may answer when it does not at the address that was given. Pure, and never at another origin."""

from urllib.parse import urlsplit

_USUAL_PATHS = ("/v1", "/api/v1", "/openai/v1")
_MOST_CANDIDATES = 6


def find_origin(base_url: str) -> str:
    """Return the address without its path."""
    parts = urlsplit(base_url)
    return f"{parts.scheme}://{parts.netloc}"


def list_parents(base_url: str) -> tuple[str, ...]:
    """Return the addresses with fewer and fewer parts of the path, down to the origin."""
    origin, path = find_origin(base_url), urlsplit(base_url).path.rstrip("/")
    names = path.split("/")[1:]
    return tuple("/".join((origin, *names[:length])) for length in range(len(names) - 1, -1, -1))


def list_openai_candidates(base_url: str) -> tuple[str, ...]:
    """Return where a server with OpenAI's API may answer: below a path like /v1, which is not written twice."""
    origin, path = find_origin(base_url), urlsplit(base_url).path.rstrip("/")
    versions = [parent for parent in list_parents(base_url) if parent.endswith("/v1")]
    below = [] if "/v1" in path else [base_url.rstrip("/") + usual for usual in _USUAL_PATHS]
    tried = dict.fromkeys([*versions, *below, *(origin + usual for usual in _USUAL_PATHS)])
    return tuple(address for address in tried if address != base_url.rstrip("/"))[:_MOST_CANDIDATES]
