"""Keyboard shortcuts that press a button of the page, and see what is still being typed.

Streamlit's own `shortcut=` adds the keys to the button's name and presses it before the focused field has handed over
its text; these leave the name alone and let go of the field first.
"""

from collections.abc import Mapping

import streamlit as st

_LISTEN = """
export default function (component) {
  const wanted = component.data || {}
  const pressed = (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return null
    return wanted[`Ctrl+${event.key.length === 1 ? event.key.toUpperCase() : event.key}`]
  }
  const listen = (event) => {
    const name = pressed(event)
    if (!name) return
    event.preventDefault()
    event.stopPropagation()
    if (event.repeat) return
    const focused = document.activeElement
    if (focused && focused.blur) focused.blur()
    setTimeout(() => {
      const top = document.querySelector('[role="dialog"]') || document
      const button = top.querySelector(`.st-key-${name} button`)
      if (button && !button.disabled) button.click()
      if (focused && focused.isConnected && focused.focus) focused.focus()
    }, 50)
  }
  window.addEventListener("keydown", listen, true)
  return () => window.removeEventListener("keydown", listen, true)
}
"""

_listener = st.components.v2.component("benchtop_shortcuts", js=_LISTEN)


def shortcuts(keys: Mapping[str, str], *, key: str) -> None:
    """Let keys press buttons: `{"Ctrl+S": "tasks.save"}`, the widget key of a button.

    While a dialog is open only its own buttons answer.
    """
    _listener(data={pressed: button.replace(".", "-") for pressed, button in keys.items()}, key=key)
