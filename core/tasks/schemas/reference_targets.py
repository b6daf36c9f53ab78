"""What the references of a JSON Schema name: places by pointer, by anchor, and in the parts that have an `$id`."""

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote, urldefrag, urljoin

from core.tasks.schemas.json_values import JsonSchema, Loc
from core.tasks.schemas.subschemas import subschemas

_NOT_IN_A_FRAGMENT = re.compile(r"[^A-Za-z0-9\-._~!$&'()*+,;=:@/?%]")
MAX_WALK_DEPTH = 200


class Place(NamedTuple):
    """A schema, its steps from the document, and the steps of the resource (`$id`) its references start from."""

    schema: object
    loc: Loc
    base: Loc


class References:
    """Finds what a document's references lead to; `base` is where the resource begins that a reference stands in."""

    def __init__(self, document: JsonSchema, *, draft_07: bool) -> None:
        self._document = document
        self._draft_07 = draft_07
        self._anchors: dict[Loc, dict[str, Place]] = {}
        self._addresses: dict[Loc, str] = {}
        self._holders: dict[str, Loc] = {}
        self._dynamic: dict[str, list[Place]] | None = None

    def resolve(self, reference: str, base: Loc) -> Place | str:
        """Return the place, or what is wrong with the reference. Only those starting with # are followed."""
        if reference and not reference.startswith("#"):
            return f"refers to “{reference[:100]}” outside this schema; only references starting with # are followed"
        fragment = reference[1:]
        if _NOT_IN_A_FRAGMENT.search(fragment):
            return f"refers to “{reference[:100]}”, which must be percent-encoded, for example %20 for a space"
        fragment = unquote(fragment)
        found = self._by_pointer(fragment, base) if fragment[:1] in ("", "/") else self._by_anchor(fragment, base)
        return found or f"refers to “{reference[:100]}”, which is not in this schema"

    def _by_pointer(self, fragment: str, base: Loc) -> Place | None:
        place = _place_at(self._document, base)
        for token in fragment.split("/")[1:]:
            place = _step(place, token.replace("~1", "/").replace("~0", "~")) if place else None
        return place if place and isinstance(place.schema, dict | bool) else None

    def _by_anchor(self, name: str, base: Loc) -> Place | None:
        if base not in self._anchors:
            self._anchors[base] = {name: place for place in self._resource(base) for name in self._names_of(place)}
        return self._anchors[base].get(name)

    def _resource(self, base: Loc) -> Iterator[Place]:
        todo = [_place_at(self._document, base)]
        while todo:
            place = todo.pop()
            if place and place.base == base and isinstance(place.schema, dict) and len(place.loc) <= MAX_WALK_DEPTH:
                yield place
                for _, steps, inner in subschemas(place.schema, draft_07=self._draft_07):
                    loc = (*place.loc, *steps)
                    todo.append(Place(inner, loc, base_of(inner, loc, place.base)))

    def _names_of(self, place: Place) -> Iterator[str]:
        if isinstance(place.schema, dict):
            keys = ("$id",) if self._draft_07 else ("$anchor", "$dynamicAnchor")
            names = (place.schema.get(key) for key in keys)
            yield from (name.removeprefix("#") for name in names if isinstance(name, str))

    def find_bundled(self, reference: str, base: Loc) -> Place | None:
        """Return the place a full address names, if the document brings that part along under its `$id`."""
        if not self._addresses:
            self._addresses = self._find_addresses()
            self._holders = {address: loc for loc, address in reversed(self._addresses.items())}
        address, fragment = urldefrag(_join(self._addresses.get(base, ""), reference))
        holder = self._holders.get(address)
        if holder is None:
            return None
        fragment = unquote(fragment)
        pick = self._by_pointer if fragment[:1] in ("", "/") else self._by_anchor
        return pick(fragment, holder)

    def find_dynamic(self, reference: str) -> list[Place]:
        """Return every place a `$dynamicRef` may lead to, by its name alone."""
        if self._dynamic is None:
            self._dynamic = {}
            for place in self._all_places():
                name = place.schema.get("$dynamicAnchor") if isinstance(place.schema, dict) else None
                if isinstance(name, str):
                    self._dynamic.setdefault(name, []).append(place)
        return self._dynamic.get(reference.partition("#")[2], [])

    def _find_addresses(self) -> dict[Loc, str]:
        addresses: dict[Loc, str] = {(): ""}
        for place in self._all_places():  # the outer before the inner
            identifier = place.schema.get("$id") if isinstance(place.schema, dict) else None
            if place.base == place.loc and isinstance(identifier, str):
                lengths = range(len(place.loc), -1, -1)
                around = next(addresses[place.loc[:length]] for length in lengths if place.loc[:length] in addresses)
                addresses[place.loc] = urldefrag(_join(around, identifier))[0]
        return addresses

    def _all_places(self) -> Iterator[Place]:
        todo = [_place_at(self._document, ())]
        while todo:
            place = todo.pop()
            if place and isinstance(place.schema, dict) and len(place.loc) <= MAX_WALK_DEPTH:
                yield place
                for _, steps, inner in subschemas(place.schema, draft_07=self._draft_07):
                    loc = (*place.loc, *steps)
                    todo.append(Place(inner, loc, base_of(inner, loc, place.base)))


def _join(base: str, reference: str) -> str:
    try:
        return urljoin(base, reference)
    except ValueError:  # not an address at all
        return reference


def base_of(schema: object, loc: Loc, base: Loc) -> Loc:
    identifier = schema.get("$id") if isinstance(schema, dict) else None
    return loc if isinstance(identifier, str) and not identifier.startswith("#") else base


def _place_at(document: JsonSchema, loc: Loc) -> Place | None:
    place: Place | None = Place(document, (), ())
    for step in loc:
        place = _step(place, step) if place else None
    return place


def _step(place: Place, token: str | int) -> Place | None:
    schema = place.schema
    inner: object = None
    step: str | int = token
    if isinstance(schema, dict) and token in schema:
        inner = schema[token]
    elif isinstance(schema, list) and str(token).isdecimal() and int(token) < len(schema):
        step = int(token)
        inner = schema[step]
    else:
        return None
    loc = (*place.loc, step)
    return Place(inner, loc, base_of(inner, loc, place.base))
