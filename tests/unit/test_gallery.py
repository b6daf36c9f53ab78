"""Every shape of the gallery can be stored, is free of findings, and comes with an example it accepts."""

import pytest

from core.tasks.builder import from_json_schema
from core.tasks.judge import check
from core.tasks.lint import Dialect, lint
from core.tasks.schema_rules import check_response_schema
from core.tasks.schemas.example_values import example_value
from core.tasks.sources.gallery import GALLERY, Template, get_template

KEYS = {
    *("classification", "entity_extraction", "sentiment", "invoice", "contact", "topic_list", "yes_no"),
    *("scored_rubric", "translation", "summary"),
}


def test_the_usual_shapes_are_there_under_keys_and_titles_of_their_own() -> None:
    assert {template.key for template in GALLERY} >= KEYS
    assert len({template.key for template in GALLERY}) == len({template.title for template in GALLERY}) == len(GALLERY)
    assert all(get_template(template.key) is template for template in GALLERY)


@pytest.mark.parametrize("template", GALLERY, ids=lambda template: template.key)
def test_a_shape_can_be_stored_and_its_example_is_accepted(template: Template) -> None:
    check_response_schema(template.response_schema)

    assert check(template.response_schema, template.example) == []
    assert check(template.response_schema, example_value(template.response_schema)) == []
    assert list(template.example) == list(template.response_schema["properties"])
    assert template.purpose.endswith(".")
    assert "\n" not in template.purpose


@pytest.mark.parametrize("template", GALLERY, ids=lambda template: template.key)
@pytest.mark.parametrize("dialect", [None, *Dialect])
def test_a_shape_has_no_finding_for_any_provider(template: Template, dialect: str | None) -> None:
    assert lint(template.response_schema, dialect=dialect) == []


def test_a_copy_can_be_changed_without_changing_the_gallery() -> None:
    template = GALLERY[0]
    schema = template.new_schema()
    schema["properties"].clear()

    assert template.response_schema["properties"]
    assert from_json_schema(template.new_schema()).to_json_schema() == template.response_schema
