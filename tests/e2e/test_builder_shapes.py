"""What a field may be beside one value: a definition, one of several shapes, null; and what the form only keeps."""

import json
from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e.builder_screen import Builder, find_task
from tests.e2e.screen import button
from tests.factories import Workshop


def inner_object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "required": list(properties),
    }


def answer_with(field: dict[str, Any], *, name: str, definitions: dict[str, Any]) -> dict[str, Any]:
    whole = {"type": "object", "properties": {name: field}, "required": [name], "additionalProperties": False}
    return {**whole, "$defs": definitions}


def tree_called(name: str) -> dict[str, Any]:
    items = {"type": "array", "items": {"$ref": f"#/$defs/{name}"}}
    return {name: inner_object({"label": {"type": "string"}, "children": items})}


def test_definition_is_made_used_by_itself_renamed_and_kept_while_used(page: Page, backstage: Workshop) -> None:
    builder = Builder.of_new_task(page, "A tree")
    node = builder.add_field("node", kind="object")
    builder.add_inside(node, "label")
    builder.press_menu(node, "Make it a definition")
    expect(builder.name("D1")).to_have_value("Node")
    builder.add_inside("D1", "children", kind="list of Node")
    expect(builder.row("D1").get_by_text("used 2×")).to_be_visible()
    builder.expect_schema(answer_with({"$ref": "#/$defs/Node"}, name="node", definitions=tree_called("Node")))

    builder.name("D1").fill("Tree")
    builder.name("D1").blur()
    builder.expect_schema(answer_with({"$ref": "#/$defs/Tree"}, name="node", definitions=tree_called("Tree")))
    expect(builder.kind("1").locator("option:checked")).to_have_text("Tree")
    expect(builder.kind("D1.2").locator("option:checked")).to_have_text("list of Tree")

    button(builder.form, "Remove Tree").click()
    expect(builder.form.get_by_text("“Tree” is used in one place. Change what refers to it first.")).to_be_visible()
    builder.set_kind("1", "string")
    button(builder.form, "Remove unused definitions").click()
    expect(builder.name("D1")).to_have_count(0)
    button(builder.form, "Undo: Remove unused definitions (Ctrl+Z)").click()
    expect(builder.name("D1")).to_have_value("Tree")
    builder.set_kind("1", "Tree")

    builder.try_value('{"node": {"label": "a", "children": [{"label": "b", "children": []}]}}')
    expect(builder.beside("Try").get_by_text("Valid", exact=True)).to_be_visible()
    builder.save()
    stored = find_task(backstage, "A tree").response_schema
    assert json.dumps(stored) == json.dumps(
        answer_with({"$ref": "#/$defs/Tree"}, name="node", definitions=tree_called("Tree"))
    )


def test_one_of_several_shapes_or_null(page: Page) -> None:
    builder = Builder.of_new_task(page, "Shapes")
    reply = builder.add_field("reply", kind="one of")
    mail = builder.add_inside(reply, "By mail", kind="object", item="Add a shape")
    builder.add_inside(mail, "email", kind="email")
    silence = builder.add_inside(reply, "Not at all", kind="constant", item="Add a shape")
    button(builder.form, "Remove shape 2").click()
    expect(builder.name(silence)).to_have_count(0)
    mail, silence = "1.2", "1.3"
    builder.set_detail(silence, "Value", "none")
    builder.set_kind("1.1", "list of choice")
    builder.set_choices("1.1", "in progress, on hold", "done")
    builder.handle(silence).press("ArrowUp")
    builder.open_details(reply).get_by_role("checkbox", name="May be null").check()
    note = builder.add_field("note")
    builder.open_details(note).get_by_role("checkbox", name="May be null").check()
    builder.required(note).uncheck()

    email = {"email": {"type": "string", "format": "email"}}
    shapes: list[dict[str, Any]] = [
        {"type": "array", "items": {"type": "string", "enum": ["in progress, on hold", "done"]}},
        {"type": "string", "title": "Not at all", "const": "none"},
        {"type": "object", "title": "By mail"} | inner_object(email),
        {"type": "null"},
    ]
    builder.expect_schema(
        {
            "type": "object",
            "properties": {"reply": {"anyOf": shapes}, "note": {"type": ["string", "null"]}},
            "required": ["reply"],
            "additionalProperties": False,
        }
    )
    builder.try_value('{"reply": {"email": "nobody"}, "note": null}')
    expect(builder.beside("Try").get_by_text("1 error", exact=True)).to_be_visible()
    expect(builder.form.locator(".bb-field .bb-error").filter(visible=True)).to_have_count(1)
    builder.try_value('{"reply": null}')
    expect(builder.beside("Try").get_by_text("Valid", exact=True)).to_be_visible()


def test_keywords_that_the_form_does_not_edit_are_shown_and_kept(page: Page, backstage: Workshop) -> None:
    schema = {
        "$comment": "of the whole",
        "type": "object",
        "properties": {
            "code": {"x-first": [1, {"b": 1, "a": 2}], "type": "string", "contentEncoding": "base64"},
            "odd": {"not": {"type": "string"}, "$comment": "no form for it"},
        },
        "patternProperties": {"^x-": {"type": "string"}},
        "required": ["code"],
    }
    task = backstage.make_task(schema)
    builder = Builder.of_task(page, task)
    expect(builder.form.locator(".bb-root-kept")).to_contain_text('$comment "of the whole"')
    expect(builder.badges("1")).to_have_text(["also x-first, contentEncoding"])
    kept = builder.open_details("1").locator(".bb-kept")
    expect(kept).to_contain_text('[1,{"b":1,"a":2}]')
    expect(kept.locator("input, textarea, select, button")).to_have_count(0)
    builder.set_detail("1", "Longest length", "8")
    expect(builder.open_details("2").locator(".bb-kept")).to_contain_text("no form for it")
    builder.handle("2").press("ArrowUp")
    builder.save()

    changed = json.loads(json.dumps(schema))
    code = {**changed["properties"]["code"], "maxLength": 8}
    changed["properties"] = {"odd": changed["properties"]["odd"], "code": code}
    assert json.dumps(find_task(backstage, task.name).response_schema) == json.dumps(changed)
