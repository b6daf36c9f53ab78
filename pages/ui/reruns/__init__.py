"""Mends what Streamlit 1.67 does with reruns that come close together, so that nothing done or drawn is lost.

Live parts ask for their rerun at any moment, which brings out what else is rare:

- A rerun that comes too late. Streamlit takes a fragment's rerun until the next page's script has ended, and then runs
  it as one of the page it came from. Nothing of that page is there any more, so nothing is drawn, but the browser, told
  of another page, clears what it shows. And one that comes before the next page's script has begun takes its place: the
  old page comes back. It met whoever left a page while something was going on. A late rerun is dropped, with what was
  pressed in it.
- A rerun that carries more than it says. The browser sends what happens within a moment as one message, and the
  fragment that asked first decides what is run. A button pressed elsewhere just then was pressed in vain, and a field
  changed elsewhere changed nothing that is shown. Such a rerun becomes one of the whole page.
- A rerun that carries what was. The browser sends the value of every field along, and the address. A live part that
  asks while the page is being given other ones sends the old, and undid the new.
- A rerun that comes just as the one before ends. It gets a thread of its own, and what the first has drawn but not yet
  handed over is thrown away: an expander stayed empty. It waits until all of that was handed over.
- A rerun that comes while another is going on. It cut the other short, with the button that one was for: what it had
  not begun was never done, what it had stored was not shown. It comes after it. So a page must not take long: whoever
  leaves it waits for what it has begun.

The last two take `runner.fastReruns = false` as well: with it on, Streamlit does not ask before it begins a thread.
"""

from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequests

from pages.ui.reruns import turns

MENDED = {
    (AppSession, "request_rerun"): turns.ask,
    (AppSession, "_create_scriptrunner"): turns.begin,
    (AppSession, "_handle_scriptrunner_event_on_event_loop"): turns.handle_event,
    (ScriptRequests, "_request_rerun_locked"): turns.take,
    (ScriptRequests, "request_stop"): turns.stop,
    (ScriptRequests, "on_scriptrunner_yield"): turns.give_way,
    (ScriptRunner, "_run_script"): turns.run,
}
"""What of Streamlit is replaced. There is no public place between a request and its run."""


def mend_reruns() -> None:
    """Have Streamlit keep what is pressed, typed and drawn. May be called again."""
    for (place, name), mended in MENDED.items():
        setattr(place, name, mended)
