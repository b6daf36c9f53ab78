"""Keeps a rerun that comes too late from disturbing the page: one of a part of the page that was left just before.

Streamlit 1.67 takes a fragment's rerun until the next page's script has ended, and then runs it as one of the page it
came from. Nothing of that page is there any more, so nothing is drawn, but the browser, told of another page, clears
what it shows. And one that comes before the next page's script has begun takes its place: the old page comes back.
Live parts rerun at any moment, so this met whoever left a page while something was going on. A late rerun is dropped,
with what was pressed in it.
"""

from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests, ScriptRequestType

# There is no public place between a request and its run.
_run_script = ScriptRunner._run_script
_take_request = ScriptRequests._request_rerun_locked


def drop_late_reruns() -> None:
    """Have Streamlit drop reruns of fragments of a page that is not the one shown. May be called again."""
    ScriptRunner._run_script = _run_unless_late  # type: ignore[assignment, method-assign]
    ScriptRequests._request_rerun_locked = _take_unless_late  # type: ignore[assignment, method-assign]


def _run_unless_late(runner: ScriptRunner, rerun: RerunData) -> None:
    shown = runner._get_script_run_ctx().page_script_hash
    if rerun.fragment_id_queue and rerun.page_script_hash != shown:
        return
    _run_script(runner, rerun)


def _take_unless_late(requests: ScriptRequests, rerun: RerunData) -> bool:
    """Take a request, or say that it was taken when it comes after one for the whole of another page."""
    asked = requests._rerun_data
    is_page_asked = requests._state is ScriptRequestType.RERUN and not asked.fragment_id_queue
    if is_page_asked and rerun.fragment_id and asked.page_script_hash not in ("", rerun.page_script_hash):
        return True
    return _take_request(requests, rerun)
