"""An answer that is still being written is read as far as it has come."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.runs.partial_answers import PartialAnswer, Place, read_partial

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("text", "value", "writing"),
    [
        ("{", {}, ()),
        ('{"a', {}, ()),
        ('{"a":', {}, ("a",)),
        ('{"a": tr', {}, ("a",)),
        ('{"a": "he', {"a": "he"}, ("a",)),
        ('{"a": "he",', {"a": "he"}, ()),
        ('{"a": "he", "b": [1, 2', {"a": "he", "b": [1, 2]}, ("b", 1)),
        ('{"a": {"b": [{"c": "x', {"a": {"b": [{"c": "x"}]}}, ("a", "b", 0, "c")),
        ('{"a": "not {an} [end] \\" "', {"a": 'not {an} [end] " '}, ("a",)),
        ('{"a": 1}', {"a": 1}, ()),
        ("{}", {}, ()),
    ],
)
def test_what_is_there_and_what_is_being_written(text: str, value: dict[str, object], writing: Place) -> None:
    assert read_partial(text) == PartialAnswer(value, writing)


@pytest.mark.parametrize("before", ["", "Sure, here it is: ", "```json\n", "Take {this} first: ", "<think>{</think>\n"])
@pytest.mark.parametrize("after", ["", "\n```", "\nAnything else?"])
def test_text_around_the_object_does_not_matter(before: str, after: str) -> None:
    assert read_partial(f'{before}{{"a": 1}}{after}') == PartialAnswer({"a": 1}, ())


@pytest.mark.parametrize(
    "text", ["", "No.", "[1, 2]", "{x", '{"a": }', '{"a":' + "[" * 300, "{ and so on", '{"a": NaN']
)
def test_text_that_begins_no_object_is_none(text: str) -> None:
    assert read_partial(text) is None


@given(value=st.dictionaries(st.text(max_size=5), JSON, min_size=1, max_size=4), data=st.data())
def test_every_beginning_of_an_object_is_read(value: dict[str, object], data: st.DataObject) -> None:
    text = json.dumps(value)
    end = data.draw(st.integers(1, len(text)))

    found = read_partial(text[:end])

    assert found is not None
    assert list(value)[: len(found.value)] == list(found.value)
    settled = list(found.value)[:-1]
    assert {name: found.value[name] for name in settled} == {name: value[name] for name in settled}
    if end == len(text):
        assert found == PartialAnswer(value, ())
