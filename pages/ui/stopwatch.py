"""Shows how long something has been going on, counted by the browser."""

import streamlit as st

_TICK = """
export default function ({ data, parentElement }) {
  const line = parentElement.querySelector("p")
  const startedAt = performance.now() - data.seconds * 1000
  const show = () => {
    const seconds = Math.max(0, (performance.now() - startedAt) / 1000)
    const rest = String(Math.floor(seconds % 60)).padStart(2, "0")
    const said = seconds < 60 ? `${seconds.toFixed(1)} s` : `${Math.floor(seconds / 60)} min ${rest} s`
    line.textContent = `${data.title} · ${said}`
  }
  clearInterval(parentElement.ticking)
  parentElement.ticking = setInterval(show, 100)
  show()
  return () => clearInterval(parentElement.ticking)
}
"""
_STYLE = """
p {
  margin: 0;
  font: 0.875rem/1.5 var(--st-font);
  font-variant-numeric: tabular-nums;
  color: var(--st-gray-text-color);
}
"""

_clock = st.components.v2.component("benchtop_stopwatch", html="<p></p>", css=_STYLE, js=_TICK)


def stopwatch(title: str, *, seconds: float, key: str) -> None:
    """Draw a quiet line, `title · 1.2 s`, that goes on counting from so many seconds."""
    _clock(data={"title": title, "seconds": round(seconds, 2)}, key=key, width="stretch")
