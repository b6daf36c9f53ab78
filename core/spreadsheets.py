"""What spreadsheets do to the files they open: a cell that begins like a formula is calculated."""

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def escape_formula(text: str) -> str:
    """Return the text for a cell, with an apostrophe before what a spreadsheet would calculate.

    The signs are those OWASP lists for CSV injection, the full-width ones among them.
    """
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
