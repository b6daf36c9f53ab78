"""Has parts of a page drawn again when something changes elsewhere: in another tab, by a program, or in a run.

A bridge asks the tab's hub, which `live_note` makes, for some topics, and reruns its fragment when one has news.
"""

import itertools
import uuid
from collections.abc import Collection

import streamlit as st

from pages.ui.door import Door

_BRIDGE = """
export default function (component) {
  const place = component.parentElement
  const isKnown = Boolean(place.bridge)
  place.bridge = component
  if (isKnown) return place.leave
  let leave = null
  let isGone = false
  let asked = null
  const ask = () => {
    if (isGone) return
    asked = place.bridge.data.drawn
    place.bridge.setTriggerValue("news", Date.now())
  }
  const turn = {ask, isAnswered: () => isGone || place.bridge.data.drawn !== asked}
  const call = () => window.benchtopLive.inTurn(turn)
  const join = () => { if (!isGone) leave = window.benchtopLive.listen({...component.data, call}) }
  if (window.benchtopLive) join()
  else window.addEventListener("benchtop-live", join, {once: true})
  place.leave = () => {
    isGone = true
    place.bridge = null
    if (leave) leave()
  }
  return place.leave
}
"""

_drawings = itertools.count()  # by another number the browser sees that a part was drawn anew
_bridge = st.components.v2.component("benchtop_live", js=_BRIDGE)


def live(
    door: Door,
    topics: Collection[str],
    *,
    key: str,
    item_id: uuid.UUID | None = None,
    without: Collection[str] = (),
    pace_milliseconds: int | None = None,
) -> None:
    """Rerun the fragment this is called in when something of these topics changes after what `door` has seen.

    `item_id` limits it to the events of one thing; `without` names events that do not matter; `pace_milliseconds` is
    the least time between two reruns, None the usual. Draw it last: it takes no room, but the gap after what is above.
    """
    data: dict[str, object] = {
        "topics": sorted(topics),
        "since": door.seq,
        "without": sorted(without),
        "drawn": f"{door.services.instance_id}.{next(_drawings)}",
    }
    if item_id is not None:
        data["id"] = str(item_id)
    if pace_milliseconds is not None:
        data["pace"] = pace_milliseconds
    _bridge(data=data, key=key, on_news_change=lambda: None)
