"""The labels a prompt names against those the response schema has."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice

from core.runs.preflight.nearness import find_nearest, look
from core.runs.preflight.notices import Notice, NoticeKind, NoticeLevel, NoticePlace, Subject
from core.runs.preflight.prompt_lists import Item, LabelList, ListStyle, find_lists
from core.runs.preflight.schema_labels import LabelledField, SchemaLabels
from core.tasks.schemas.json_values import show_value

_MAX_NOTICES = 20
_MAX_SHOWN_LABELS = 8
_MAX_STRANGERS = 100
_MAX_LOOSE_WORDS = 2
# Beside labels these say what to do without one, or that the list goes on.
_NO_LABELS = frozenset({"null", "none", "empty", "blank", "nothing", "etc", "true", "false", "yes", "no", "unset"})


def check_labels(text: str, labels: SchemaLabels, subject: Subject) -> Iterator[Notice]:
    """Yield a notice for the words the text gives as labels of a field that its list does not have."""
    if not labels.fields or not labels.is_whole:
        return
    groups: dict[tuple[str, str], dict[str, Item]] = {}
    strangers = (
        pair for found in find_lists(text, field_looks=set(labels.fields)) for pair in _strangers(found, labels)
    )
    for one, item in islice(strangers, _MAX_STRANGERS):
        near = find_nearest(item.text, one.labels)
        is_same = near is not None and look(near) == look(item.text)
        # A word that is near one label is told by itself, with what was meant.
        key = (look(one.name), "same" if is_same else near or "")
        if key in groups or len(groups) < _MAX_NOTICES:
            groups.setdefault(key, {}).setdefault(item.text, item)
    for (name, group), items in groups.items():
        yield _tell(labels.fields[name], list(items.values()), subject, group)


def _strangers(found: LabelList, labels: SchemaLabels) -> Iterator[tuple[LabelledField, Item]]:
    """Yield the words of a list that are labels of a field, by all signs, yet not in its schema."""
    looks = [look(item.text) for item in found.items]
    named = labels.fields.get(look(found.field_word)) if found.field_word else None
    one = named or _find_field(looks, labels)
    if one is None:
        return
    known = sum(word in one.looks for word in looks)
    for item, word in zip(found.items, looks, strict=True):
        if item.text in labels.exact or word in _NO_LABELS or word in labels.names:
            continue
        if word in one.looks:
            is_meant = not _is_sentence_case(item, found)
        else:
            is_meant = _is_label(item, found, one, known, is_named=named is not None)
        if is_meant:
            yield one, item


def _find_field(looks: list[str], labels: SchemaLabels) -> LabelledField | None:
    """Return the field that has most of these labels, None when no field has any."""
    counts = Counter(look(one.name) for word in looks for one in labels.by_look.get(word, ()))
    return labels.fields[counts.most_common(1)[0][0]] if counts else None


def _is_sentence_case(item: Item, found: LabelList) -> bool:
    """Say whether a large letter is only how a bullet begins."""
    return found.style is ListStyle.PLAIN and not item.is_quoted and not found.field_word


def _is_label(item: Item, found: LabelList, one: LabelledField, known: int, *, is_named: bool) -> bool:
    """Say whether an unknown word is meant as a label of this field: by its company, its form, and what leads to it."""
    if not look(item.text) or look(item.text).isdecimal() or _is_piece_of_label(item, one):
        return False
    is_short = len(item.text.split()) <= _MAX_LOOSE_WORDS
    count = len(found.items)
    if found.style is ListStyle.LONE:
        return False
    if item.is_quoted and is_named:
        return count <= 2 or known * 2 >= count or found.style is ListStyle.STRONG
    if found.style is ListStyle.STRONG:
        alone = is_named and known == 0 and count > 1 and all(_is_word(each) for each in found.items)
        return (known >= 1 and known * 2 >= count and (is_short or item.is_quoted)) or alone
    return known >= 2 and known * 2 > count and is_short


def _is_word(item: Item) -> bool:
    return len(item.text.split()) == 1


def _is_piece_of_label(item: Item, one: LabelledField) -> bool:
    """Say whether the word was torn out of a label that holds a comma, a slash, “and” or “or”."""
    word = look(item.text)
    return any(
        word in look(label) and any(sign in f" {label} " for sign in (",", "/", ";", "|", " and ", " or "))
        for label in one.labels
    )


def _tell(one: LabelledField, items: list[Item], subject: Subject, group: str) -> Notice:
    where = "system prompt" if subject is Subject.SYSTEM_PROMPT else "user prompt template"
    place = NoticePlace(subject, items[0].start, items[0].end, pointer=one.pointer)
    shown, name = _list(item.text for item in items), show_value(one.name)
    if group == "same":
        meant = _list(near for item in items if (near := find_nearest(item.text, one.labels)))
        sentence = f"The {where} writes {shown} where {name} takes {meant}: two spellings of one choice compete."
        hint = f"Write {meant} in the prompt, exactly as in the schema."
        return Notice(NoticeKind.LABEL_DIFFERS, NoticeLevel.NOTE, sentence, hint, place)
    sentence = f"The {where} names {shown} for {name}, which the schema does not take: such an answer is refused."
    meant = f"Write {show_value(group)}" if group else f"Use {_list(one.labels)}"
    kind = NoticeKind.LABEL_DIFFERS if group else NoticeKind.LABEL_FORBIDDEN
    return Notice(kind, NoticeLevel.WARNING, sentence, f"{meant}, or add {shown} to the choices of the schema.", place)


def _list(words: Iterable[str]) -> str:
    shown = [show_value(word) for word in words]
    return ", ".join(shown[:_MAX_SHOWN_LABELS]) + (", …" if len(shown) > _MAX_SHOWN_LABELS else "")
