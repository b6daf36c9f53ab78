"""Schemas as people wrote them are saved or refused with a reason, judged by, and never changed by the builder."""

import json
from functools import cache
from typing import Any

from core.errors import InvalidSchemaError
from core.tasks.builder import from_json_schema
from core.tasks.judge import check, output_type
from core.tasks.schema_rules import check_schema, parse_schema_text
from core.tasks.schemas.json_values import copy_json
from core.tasks.schemas.validators import knows_draft
from tests.unit.real_world_schemas import real_world_schemas

Json = Any  # Any: schemas as they came

# What a schema of ours may not have, and some of these have.
REASONS = (
    *("outside this schema", "not in this schema", "percent-encoded", "KB", "parts", "branches", "levels deep"),
    *("linear time", "regular expression"),
)


@cache
def find_refusals() -> dict[str, str]:
    """Return why each schema of a draft we know is refused, or nothing for those that are saved."""
    refusals = {}
    for address, schema in real_world_schemas().items():
        if knows_draft(schema):
            refusals[address] = ""
            try:
                check_schema(schema)
            except InvalidSchemaError as error:
                refusals[address] = error.message
    return refusals


def test_there_are_hundreds_of_them() -> None:
    assert len(real_world_schemas()) > 400


def test_the_builder_gives_each_back_as_it_was() -> None:
    changed = []
    for address, schema in real_world_schemas().items():
        rendered = from_json_schema(copy_json(schema)).to_json_schema()
        if json.dumps(rendered) != json.dumps(schema):
            changed.append(address)

    assert changed == []


def test_most_of_the_known_drafts_are_saved_and_the_others_refused_with_a_reason() -> None:
    refused = [reason for reason in find_refusals().values() if reason]

    assert len(find_refusals()) > 200
    assert len(refused) < len(find_refusals()) / 4
    assert [message for message in refused if not any(reason in message for reason in REASONS)] == []


def test_what_is_saved_is_read_again_from_its_text_and_judged_by() -> None:
    saved = [real_world_schemas()[address] for address, refusal in find_refusals().items() if not refusal]
    for schema in saved:
        text = json.dumps(schema, ensure_ascii=False, indent=2)
        again = parse_schema_text(text)

        assert json.dumps(again) == json.dumps(schema)
        assert output_type(again).schema_document == schema
        assert isinstance(check(again, {"name": "x", "version": 1, "items": [None]}), list)
