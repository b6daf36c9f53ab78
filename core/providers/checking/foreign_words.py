"""Words of strangers, made fit to be read in a sentence of ours."""

import html
import re

from core.redaction import cut_redacted, redact

_LONGEST = 80
_TITLE = re.compile(r"<title[^>]{0,200}>(?P<title>[^<]{0,500})", re.IGNORECASE)


def quote_foreign(text: str, *, longest: int = _LONGEST) -> str:
    """Return the text on one line, printable, without secrets, and cut; blank when nothing is left of it."""
    begin = text[: longest * 20]
    line = " ".join((redact(begin) if begin == text else cut_redacted(begin)).split())
    shown = "".join(character for character in line if character.isprintable())
    return shown if len(shown) <= longest else shown[: longest - 1].rstrip() + "…"


def find_title(page: str) -> str:
    """Return the title of a web page as plain text; blank: there is none."""
    found = _TITLE.search(page)
    return quote_foreign(html.unescape(found["title"])) if found else ""


def looks_like_page(text: str) -> bool:
    """Say whether this is a web page, judged by how it begins."""
    begin = text.lstrip("\ufeff \t\r\n")[:200].lower()
    return begin.startswith(("<!doctype html", "<html", "<head", "<body", "<title", "<?xml", "<!--"))


def join_names(names: list[str], *, most: int = 3) -> str:
    """Return the names quoted, as a sentence lists them."""
    shown = [f"“{name}”" for name in names[:most]]
    if len(names) > most:
        return f"{', '.join(shown)} and {len(names) - most} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else shown[0]
