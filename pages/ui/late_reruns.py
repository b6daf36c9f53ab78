"""Keeps a rerun that comes too late from emptying the page: one of a part of the page that was left just before.

Streamlit 1.67 takes a fragment's rerun until the next page's script has ended, and then runs it as one of the page it
came from. Nothing of that page is there any more, so nothing is drawn, but the browser, told of another page, clears
what it shows. Live parts rerun at any moment, so this met whoever left a page while something was going on.
"""

from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

_run_script = ScriptRunner._run_script  # there is no public place between a request and its run


def drop_late_reruns() -> None:
    """Have Streamlit drop reruns of fragments of a page that is not the one shown. May be called again."""
    ScriptRunner._run_script = _run_unless_late  # type: ignore[assignment, method-assign]


def _run_unless_late(runner: ScriptRunner, rerun: RerunData) -> None:
    shown = runner._get_script_run_ctx().page_script_hash
    if rerun.fragment_id_queue and rerun.page_script_hash != shown:
        return
    _run_script(runner, rerun)
