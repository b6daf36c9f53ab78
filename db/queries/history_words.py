"""Searches in inputs and results by words: what is looked for, and by which way it is found quickly."""

from sqlalchemy import text
from sqlmodel import Session

_MAX_LEXEMES = 30

_WORD_QUERY = text(r"""
    SELECT string_agg('''' || replace(replace(lexeme, '\\', '\\\\'), '''', '''''') || ''':*', ' & ')
    FROM (SELECT lexeme FROM unnest(to_tsvector('simple', :words)) LIMIT :most) found
""")
_SHARE = text("""
    SELECT coalesce(avg((search @@ CAST(:word_query AS tsquery))::int), 0)
    FROM (SELECT search FROM runs WHERE deleted_at IS NULL ORDER BY queued_at DESC, id DESC LIMIT 1000) newest
""")
_PLAN_ANEW = text("SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('jit', 'off', true)")
_GATHER = text("SELECT set_config('enable_seqscan', 'off', true), set_config('enable_indexscan', :in_order, true)")


def plan_anew(session: Session) -> None:
    """Have each statement of this transaction planned for its values.

    A plan kept for all values takes a rare value for a common one. And compiling a statement to machine code takes
    longer than any of these does.
    """
    session.connection().execute(_PLAN_ANEW)


def make_word_query(session: Session, words: str) -> str | None:
    """Return what finds each of some words, or the beginning of one; None when they hold nothing that can be found.

    PostgreSQL itself takes the words apart, so they are found as they were stored, and no sign in them is an operator.
    Past 30 words the rest are left out.
    """
    values = {"words": words, "most": _MAX_LEXEMES}
    found: str | None = session.connection().execute(_WORD_QUERY, values).scalar_one()
    return found


def weigh_words(session: Session, word_query: str) -> float:
    """Return which share of the newest 1,000 runs has the words, 0 to 1.

    PostgreSQL's own estimate knows neither beginnings of words nor which words come together, and a plan for the wrong
    one takes a hundred times longer.
    """
    return float(session.connection().execute(_SHARE, {"word_query": word_query}).scalar_one())


def prefer_index(session: Session, *, only: bool = False) -> None:
    """From now on in this transaction, find words by their index. With `only`, use no index in order at all."""
    session.connection().execute(_GATHER, {"in_order": "off" if only else "on"})
