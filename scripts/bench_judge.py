"""How fast the judge is made, found again and asked, beside pydantic's own model and jsonschema on the same values."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Annotated, Any, Literal

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it brings no types
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, create_model

from core.tasks.judge import check, output_type
from core.tasks.schema_rules import check_schema
from scripts.figures import Figure

Json = Any  # Any: JSON of whatever shape

_FIELDS = 30
_ROUNDS = 400
_PLACE: Json = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
_KINDS: list[tuple[Json, Json, Any]] = [  # Any: a type pydantic takes
    ({"type": "string", "description": "What it says.", "maxLength": 200}, "the invoice is wrong", str),
    ({"type": "integer", "minimum": 0}, 3, Annotated[int, Field(strict=True, ge=0)]),
    ({"enum": ["in progress, on hold", "done"]}, "done", Literal["in progress, on hold", "done"]),
    ({"type": "array", "items": {"type": "string"}}, ["billing", "urgent"], list[str]),
    (_PLACE, {"city": "Oslo"}, create_model("Place", city=(str, ...))),
]


def measure_judge() -> Iterator[Figure]:
    """Yield what the judge takes with a schema of 30 fields, and what two others take."""
    schema, answer = _make_schema(), _make_answer()
    text = json.dumps(answer)
    wrong = {**answer, "field_1": "three"}
    numbered = iter(range(10 * _ROUNDS))
    built = _fastest(lambda: check({**schema, "$comment": str(next(numbered))}, answer))
    yield Figure(f"build the judge of {_FIELDS} fields and judge once", built / 1000, "ms", "promised: 2 ms")
    yield Figure(f"check {_FIELDS} fields at saving", _fastest(lambda: check_schema(schema)) / 1000, "ms")
    # A schema this wide and a value this small: next to nothing but finding the judge.
    lenient = {**schema, "type": ["object", "null"]}
    yield Figure(
        "find the judge in the cache, judge null", _fastest(lambda: check(lenient, None)), "µs", "promised: 20 µs"
    )
    right = _fastest(lambda: check(schema, answer))
    yield Figure("judge a right answer, judge from the cache", right, "µs", "promised: 50 µs")
    yield Figure("judge a wrong answer, with its place", _fastest(lambda: check(schema, wrong)), "µs")
    adapter = TypeAdapter(output_type(schema))
    yield Figure("judge the text of an answer, as a run does", _fastest(lambda: adapter.validate_json(text)), "µs")
    model = _make_model()
    yield Figure("    pydantic's own model, the text", _fastest(lambda: model.model_validate_json(text)), "µs")
    yield Figure("    pydantic's own model, the value", _fastest(lambda: model.model_validate(answer)), "µs")
    other = Draft202012Validator(schema)
    yield Figure("    jsonschema, the value", _fastest(lambda: list(other.iter_errors(answer))), "µs")
    yield Figure("    jsonschema, a wrong value", _fastest(lambda: list(other.iter_errors(wrong))), "µs")


def _fastest(action: Callable[[], object]) -> float:
    """Return the microseconds of the fastest tenth: what others on the machine add is left out."""
    taken = []
    for _ in range(_ROUNDS):
        started = time.perf_counter_ns()
        action()
        taken.append(time.perf_counter_ns() - started)
    return sorted(taken)[_ROUNDS // 10] / 1000


def _make_schema() -> Json:
    properties = {f"field_{number}": _KINDS[number % len(_KINDS)][0] for number in range(_FIELDS)}
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _make_answer() -> Json:
    return {f"field_{number}": _KINDS[number % len(_KINDS)][1] for number in range(_FIELDS)}


def _make_model() -> type[BaseModel]:
    fields: Json = {f"field_{number}": (_KINDS[number % len(_KINDS)][2], ...) for number in range(_FIELDS)}
    return create_model("Answer", __config__=ConfigDict(extra="forbid"), **fields)


def main() -> None:
    for figure in measure_judge():
        print(figure, flush=True)


if __name__ == "__main__":
    main()
