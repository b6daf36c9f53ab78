"""A button that puts a text on the clipboard, without asking the server."""

import streamlit as st

_COPY = """
export default function ({ data, parentElement }) {
  const button = parentElement.querySelector("button")
  button.textContent = data.words
  button.onclick = async () => {
    let said = "Copied"
    try {
      await navigator.clipboard.writeText(data.text)
    } catch {
      said = "Not allowed here"
    }
    button.textContent = said
    clearTimeout(parentElement.calming)
    parentElement.calming = setTimeout(() => { button.textContent = data.words }, 1500)
  }
  return () => clearTimeout(parentElement.calming)
}
"""
_STYLE = """
button {
  padding: 0.2rem 0.6rem;
  border: 1px solid var(--st-border-color);
  border-radius: var(--st-button-radius, var(--st-base-radius));
  background: transparent;
  color: var(--st-text-color);
  font: 0.875rem/1.5 var(--st-font);
  white-space: nowrap;
  cursor: pointer;
}
button:hover, button:focus-visible {
  color: var(--st-primary-color);
}
"""

_button = st.components.v2.component(
    "benchtop_copy", html='<button type="button" aria-live="polite"></button>', css=_STYLE, js=_COPY
)


def copy_button(words: str, text: str, *, key: str) -> None:
    """Draw a button that copies `text`, which goes to the browser with it: not for long texts."""
    _button(data={"words": words, "text": text}, key=key, width="content")
