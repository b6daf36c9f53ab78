// Warns before a page with unsaved changes is left: by the browser when the tab closes, by a dialog within the app.

function ask(words, leave) {
  const dialog = document.createElement("dialog")
  dialog.className = "bt-leaving"
  const title = document.createElement("h3")
  title.textContent = words.title
  const text = document.createElement("p")
  text.textContent = words.text
  const acts = document.createElement("div")
  for (const [label, act, isMain] of [[words.leave, leave, false], [words.stay, null, true]]) {
    const button = document.createElement("button")
    button.type = "button"
    button.textContent = label
    button.className = isMain ? "bt-main" : ""
    button.autofocus = isMain
    button.addEventListener("click", () => {
      dialog.close()
      if (act) act()
    })
    acts.append(button)
  }
  dialog.setAttribute("aria-label", words.title)
  dialog.append(title, text, acts)
  dialog.addEventListener("close", () => dialog.remove())
  return dialog
}

// When something was typed last, and when the server last said what has changed: between them nobody knows.
const typing = (window.benchtopTyping ??= { typedAt: -1, toldAt: 0 })

class Guard {
  constructor(parent) {
    this.parent = parent
    this.warn = (event) => this.isUnsaved && event.preventDefault()
    this.catch = (event) => this.stop(event)
    this.note = (event) => {
      if (event.target.closest?.('[data-testid="stMain"]')) typing.typedAt = performance.now()
    }
  }

  // Streamlit closes one that stays, too, when it was drawn again before it stood; listening twice is listening once.
  take({ data }) {
    window.addEventListener("input", this.note, true)
    window.addEventListener("beforeunload", this.warn)
    window.addEventListener("click", this.catch, true)
    this.isChanged = data.isChanged
    this.words = data.words
    typing.toldAt = performance.now()
  }

  get isUnsaved() {
    return this.isChanged || typing.typedAt > typing.toldAt
  }

  stop(event) {
    const link = event.target.closest?.("a[href]")
    const isOther = !link || link.target === "_blank" || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey
    if (!this.isUnsaved || isOther || new URL(link.href).origin !== location.origin) return
    if (document.querySelector("dialog.bt-leaving")) return
    event.preventDefault()
    event.stopImmediatePropagation()
    const leave = () => {
      this.isChanged = false
      typing.typedAt = -1
      link.click()
    }
    const dialog = ask(this.words, leave)
    this.parent.append(dialog)
    dialog.showModal()
  }

  close() {
    window.removeEventListener("input", this.note, true)
    window.removeEventListener("beforeunload", this.warn)
    window.removeEventListener("click", this.catch, true)
  }
}

export default function (component) {
  const parent = component.parentElement
  parent.benchtopGuard ??= new Guard(parent)
  parent.benchtopGuard.take(component)
  return () => parent.benchtopGuard.close()
}
