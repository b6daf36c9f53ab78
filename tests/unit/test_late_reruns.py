"""A rerun of a part of a page that was left does not take the place of the next page's."""

import pytest
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests

from pages.ui.late_reruns import drop_late_reruns


@pytest.fixture(autouse=True)
def dropped_late_reruns(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in the app; Streamlit is as it was afterwards."""
    monkeypatch.setattr(ScriptRunner, "_run_script", ScriptRunner._run_script)
    monkeypatch.setattr(ScriptRequests, "_request_rerun_locked", ScriptRequests._request_rerun_locked)
    drop_late_reruns()


def run_of(*asked: RerunData) -> RerunData:
    requests = ScriptRequests()
    for each in asked:
        assert requests.request_rerun(each)
    return requests.on_scriptrunner_ready().rerun_data


def test_a_late_part_does_not_bring_the_old_page_back() -> None:
    next_page = RerunData(page_script_hash="next")

    found = run_of(next_page, RerunData(page_script_hash="left", fragment_id="part"))

    assert (found.page_script_hash, found.fragment_id_queue) == ("next", [])


def test_parts_of_the_same_page_are_still_run_together() -> None:
    found = run_of(
        RerunData(page_script_hash="page", fragment_id="one"), RerunData(page_script_hash="page", fragment_id="two")
    )

    assert found.fragment_id_queue == ["one", "two"]


def test_the_next_page_is_run_after_a_part_of_the_one_before() -> None:
    found = run_of(RerunData(page_script_hash="left", fragment_id="part"), RerunData(page_script_hash="next"))

    assert (found.page_script_hash, found.fragment_id_queue) == ("next", [])
