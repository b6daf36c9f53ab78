"""Rewriting a schema of 2019-09, or one that is older without saying so, in terms of 2020-12."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias
from urllib.parse import quote, unquote

from core.errors import Detail, InvalidSchemaError
from core.tasks.linting.findings import walk
from core.tasks.schemas.json_values import JsonObject, Loc, copy_json, to_pointer

Json: TypeAlias = Any  # Any: JSON the user wrote

_DYNAMIC_NAME = "recursive"
_ONE = frozenset(
    {"not", "if", "then", "else", "items", "additionalItems", "contains", "additionalProperties", "propertyNames"}
    | {"unevaluatedItems", "unevaluatedProperties", "contentSchema"}
)
_LISTS = frozenset({"allOf", "anyOf", "oneOf", "prefixItems", "items"})
_MAPS = frozenset({"properties", "patternProperties", "dependentSchemas", "$defs", "definitions"})
_MAX_DEPTH = 200


def needs_conversion(document: JsonObject) -> bool:
    """Say whether a schema that names no draft says something that 2020-12 refuses or ignores and older ones mean."""
    return any(
        isinstance(part.words.get("items"), list)
        or "definitions" in part.words
        or "dependencies" in part.words
        or "$recursiveRef" in part.words
        or _plain_id(part.words) is not None
        for part in walk(document)
    )


def _plain_id(words: JsonObject) -> str | None:
    """Return the name of an `$id` that only names a place, as up to draft-07."""
    identifier = words.get("$id")
    return identifier[1:] if isinstance(identifier, str) and identifier.startswith("#") and identifier[1:] else None


class Conversion:
    """One conversion. `notes` names each change by its JSON pointer in the original."""

    def __init__(self, document: JsonObject, *, is_2019: bool) -> None:
        self.notes: list[Detail] = []
        self._document = document
        self._is_2019 = is_2019
        self._moved: dict[Loc, Loc] = {}
        keys = {"unevaluatedProperties", "unevaluatedItems"}
        self._counts_unevaluated = any(keys & part.words.keys() for part in walk(document))
        self._handlers: Mapping[str, Callable[[JsonObject, JsonObject, Loc, Loc], None]] = {
            "definitions": self._definitions,
            "$defs": self._defs,
            "items": self._items,
            "additionalItems": self._additional_items,
            "dependencies": self._dependencies,
            "$recursiveRef": self._recursive_ref,
            "$recursiveAnchor": self._recursive_anchor,
            "$id": self._identifier,
        }

    def run(self) -> JsonObject:
        """Return the converted document; the original stays as it is. Raises: InvalidSchemaError: nested too deep."""
        converted: JsonObject = self._schema(self._document, (), ())
        self._point_references(converted)
        return converted

    def _note(self, loc: Loc, message: str) -> None:
        self.notes.append(Detail(place=to_pointer(loc), message=message))

    def _schema(self, schema: Json, loc: Loc, new: Loc) -> Json:
        if isinstance(schema, bool):
            self._moved[loc] = new
        if not isinstance(schema, dict):
            return copy_json(schema)
        if len(loc) > _MAX_DEPTH:
            raise InvalidSchemaError("The schema is nested too deep or has too many parts. Make it smaller.")
        self._moved[loc] = new
        written: JsonObject = {}
        for key, value in schema.items():
            handler = self._handlers.get(key)
            if handler is not None:
                handler(schema, written, loc, new)
            else:
                written[key] = self._inner(key, value, (*loc, key), (*new, key))
        self._warn(schema, loc)
        return written

    def _inner(self, key: str, value: Json, loc: Loc, new: Loc) -> Json:
        if key in _MAPS and isinstance(value, dict):
            return {name: self._schema(inner, (*loc, name), (*new, name)) for name, inner in value.items()}
        if key in _LISTS and isinstance(value, list):
            return [self._schema(inner, (*loc, at), (*new, at)) for at, inner in enumerate(value)]
        return self._schema(value, loc, new) if key in _ONE else copy_json(value)

    def _definitions(self, schema: JsonObject, written: JsonObject, loc: Loc, new: Loc) -> None:
        held, others = schema["definitions"], schema.get("$defs", {})
        if not isinstance(held, dict) or not isinstance(others, dict) or held.keys() & others.keys():
            place = (*loc, "definitions")
            written["definitions"] = self._inner("definitions", held, place, (*new, "definitions"))
            self._note(place, "is kept beside $defs, which has some of the same names")
            return
        moved = self._inner("definitions", held, (*loc, "definitions"), (*new, "$defs"))
        written["$defs"] = {**written.get("$defs", {}), **moved}
        self._note((*loc, "definitions"), "is now called $defs")

    def _defs(self, schema: JsonObject, written: JsonObject, loc: Loc, new: Loc) -> None:
        kept = self._inner("$defs", schema["$defs"], (*loc, "$defs"), (*new, "$defs"))
        written["$defs"] = {**written["$defs"], **kept} if "$defs" in written else kept

    def _items(self, schema: JsonObject, written: JsonObject, loc: Loc, new: Loc) -> None:
        is_tuple = isinstance(schema["items"], list)
        key = "prefixItems" if is_tuple else "items"
        written[key] = self._inner("items", schema["items"], (*loc, "items"), (*new, key))
        if is_tuple:
            self._note((*loc, "items"), "is a list of schemas by position, now called prefixItems")

    def _additional_items(self, schema: JsonObject, written: JsonObject, loc: Loc, new: Loc) -> None:
        is_used = isinstance(schema.get("items"), list)
        key = "items" if is_used else "additionalItems"
        place = (*loc, "additionalItems")
        written[key] = self._schema(schema["additionalItems"], place, (*new, key))
        does = "is now called items" if is_used else "is kept, and says nothing, as before: items is not a list"
        self._note(place, does)

    def _dependencies(self, schema: JsonObject, written: JsonObject, loc: Loc, new: Loc) -> None:
        held = schema["dependencies"]
        place = (*loc, "dependencies")
        why = self._why_keep_dependencies(schema)
        if why:
            # The judge follows it in 2020-12 as well.
            written["dependencies"] = self._dependent_schemas(held, place, (*new, "dependencies"), others=True)
            self._note(place, f"is kept under this name, {why}")
            return
        names = {name: copy_json(value) for name, value in held.items() if isinstance(value, list)}
        schemas = self._dependent_schemas(held, place, (*new, "dependentSchemas"), others=False)
        parts = {"dependentRequired": names, "dependentSchemas": schemas}
        used = {key: value for key, value in parts.items() if value}
        written.update(used)
        self._note(place, f"is now called {' and '.join(used)}" if used else "was empty and is left out")

    def _why_keep_dependencies(self, schema: JsonObject) -> str:
        clash = sorted({"dependentRequired", "dependentSchemas"} & schema.keys())
        if not isinstance(schema["dependencies"], dict):
            return "since it is no object"
        if clash:
            return f"beside {' and '.join(clash)}"
        return "since the schema counts unevaluated parts, to which it adds nothing" if self._counts_unevaluated else ""

    def _dependent_schemas(self, held: Json, loc: Loc, new: Loc, *, others: bool) -> Json:
        """Return the schemas among dependencies converted, `others` says whether with the rest as it is."""
        if not isinstance(held, dict):
            return copy_json(held)
        return {
            name: copy_json(value) if isinstance(value, list) else self._schema(value, (*loc, name), (*new, name))
            for name, value in held.items()
            if others or not isinstance(value, list)
        }

    def _recursive_ref(self, schema: JsonObject, written: JsonObject, loc: Loc, new: Loc) -> None:
        is_dynamic = self._resource(loc).get("$recursiveAnchor") is True
        keyword, value = ("$dynamicRef", f"#{_DYNAMIC_NAME}") if is_dynamic else ("$ref", "#")
        place = (*loc, "$recursiveRef")
        if keyword not in schema:
            written[keyword] = value
        elif "allOf" not in schema:
            written["allOf"] = [{keyword: value}]
        else:
            raise InvalidSchemaError("A $recursiveRef beside both a $ref and an allOf cannot be converted.")
        self._note(place, f"is now called {keyword}")

    def _recursive_anchor(self, schema: JsonObject, written: JsonObject, loc: Loc, new: Loc) -> None:
        place = (*loc, "$recursiveAnchor")
        if schema["$recursiveAnchor"] is True and (not loc or "$id" in schema):
            written["$dynamicAnchor"] = _DYNAMIC_NAME
            self._note(place, f"is now the $dynamicAnchor “{_DYNAMIC_NAME}”")
        else:
            self._note(place, "had no effect here and is left out")

    def _identifier(self, schema: JsonObject, written: JsonObject, loc: Loc, new: Loc) -> None:
        name = None if self._is_2019 else _plain_id(schema)
        if name is None or "$anchor" in schema:
            written["$id"] = copy_json(schema["$id"])
            return
        written["$anchor"] = name
        self._note((*loc, "$id"), "only names this place, and is now called $anchor")

    def _resource(self, loc: Loc) -> JsonObject:
        """Return the schema that a reference at the place starts from: the nearest with an `$id`, or the root."""
        found: JsonObject = self._document
        node: Json = self._document
        for step in loc:
            node = node[step]
            if isinstance(node, dict) and isinstance(node.get("$id"), str):
                found = node
        return found

    def _warn(self, schema: JsonObject, loc: Loc) -> None:
        if self._is_2019 and "contains" in schema and "unevaluatedItems" in schema:
            self._note(loc, "has contains beside unevaluatedItems: 2020-12 counts what contains found as evaluated")
        beside = schema.keys() - {"$ref", "title", "description", "$comment", "default", "examples", "definitions"}
        if not self._is_2019 and isinstance(schema.get("$ref"), str) and beside - {"$schema", "$id", "$defs"}:
            words = ", ".join(sorted(beside - {"$schema", "$id", "$defs"}))
            self._note((*loc, "$ref"), f"no longer hides what stands beside it, as it does up to draft-07: {words}")

    def _point_references(self, converted: JsonObject) -> None:
        """Make references follow what has moved."""
        pointers = {to_pointer(old): to_pointer(new) for old, new in self._moved.items()}
        places = {to_pointer(new): old for old, new in self._moved.items()}
        for part in walk(converted):
            reference = part.words.get("$ref")
            old = places.get(to_pointer(part.loc))
            if not isinstance(reference, str) or not reference.startswith("#/") or old is None:
                continue
            base = self._base(old)
            target = to_pointer(base) + unquote(reference[1:])
            new_base = pointers.get(to_pointer(base), "")
            moved = _follow(target, pointers)
            if moved != target:
                part.words["$ref"] = "#" + quote(moved.removeprefix(new_base), safe="/~!$&'()*+,;=:@-._")
                self._note((*old, "$ref"), f"now points to {moved}")

    def _base(self, loc: Loc) -> Loc:
        found: Loc = ()
        node: Json = self._document
        for end, step in enumerate(loc, 1):
            node = node[step]
            identifier = node.get("$id") if isinstance(node, dict) else None
            if isinstance(identifier, str) and not identifier.startswith("#"):
                found = loc[:end]
        return found


def _follow(target: str, pointers: Mapping[str, str]) -> str:
    """Return where a place is now, by the nearest schema around it that is known to have moved or stayed."""
    pointer = target
    while pointer and pointer not in pointers:
        pointer = pointer.rpartition("/")[0]
    return pointers.get(pointer, pointer) + target[len(pointer) :]
