"""Keyboard shortcuts that press a button of the page, and see what is still being typed, or lead to a field.

Streamlit's own `shortcut=` adds the keys to the button's name and presses it before the focused field has handed over
its text; these leave the name alone and let go of the field first.
"""

from collections.abc import Mapping

import streamlit as st

_LISTEN = """
export default function (component) {
  const wanted = component.data || {}
  const top = () => document.querySelector('[role="dialog"]') || document
  const pressed = (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return null
    return wanted[`Ctrl+${event.key.length === 1 ? event.key.toUpperCase() : event.key}`]
  }
  const press = (name) => {
    const focused = document.activeElement
    if (focused && focused.blur) focused.blur()
    setTimeout(() => {
      const button = top().querySelector(`.st-key-${name} button`)
      if (button && !button.disabled) button.click()
      if (focused && focused.isConnected && focused.focus) focused.focus()
    }, 50)
  }
  const sought = (event) => {
    const name = wanted[event.key]
    const isTyping = event.target.closest && event.target.closest("input, textarea, select, [contenteditable=true]")
    if (!name || isTyping || event.ctrlKey || event.metaKey || event.altKey) return null
    return top().querySelector(`.st-key-${name} input`)
  }
  // Closing a dialog takes its fields away before they have handed over what is being typed.
  const settle = (event) => {
    if (event.key === "Escape" && document.activeElement?.closest?.('[role="dialog"]')) document.activeElement.blur()
  }
  const listen = (event) => {
    settle(event)
    const name = pressed(event)
    const field = name ? null : sought(event)
    if (!name && !field) return
    event.preventDefault()
    event.stopPropagation()
    if (field) field.focus()
    else if (!event.repeat) press(name)
  }
  window.addEventListener("keydown", listen, true)
  return () => window.removeEventListener("keydown", listen, true)
}
"""

_listener = st.components.v2.component("benchtop_shortcuts", js=_LISTEN)


def shortcuts(keys: Mapping[str, str], *, key: str) -> None:
    """Let keys press buttons and lead to fields: `{"Ctrl+S": "tasks.save", "/": "tasks.search"}`, by widget keys.

    `Ctrl` combinations press a button. A single character focuses a field, unless one is being typed into. While a
    dialog is open only what is inside it answers.
    """
    _listener(data={pressed: widget.replace(".", "-") for pressed, widget in keys.items()}, key=key)
