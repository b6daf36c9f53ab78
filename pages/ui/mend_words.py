"""Says in plain words what was mended in an answer."""

from core.tasks.mending import Mend, MendRule


def tell_mend(mend: Mend) -> str:
    """Return what was made of what, such as `text “41” taken as the integer 41`; untrusted text."""
    match mend.rule:
        case MendRule.CODE_FENCE:
            return "the JSON was taken out of its code fence"
        case MendRule.PROSE:
            return "the JSON was taken out of the text around it"
        case MendRule.NUMBER:
            kind = "integer" if mend.after.removeprefix("-").isdecimal() else "number"
            return f"text {mend.before} taken as the {kind} {mend.after}"
        case MendRule.BOOLEAN:
            return f"text {mend.before} taken as {mend.after}"
        case MendRule.LIST:
            return f"the lone item {mend.before} taken as a list of one"
