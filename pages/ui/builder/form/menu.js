// The menu of a row.

class RowMenu {
  constructor(form) {
    this.form = form
    this.element = make("div", "bb-menu")
    this.element.role = "menu"
    this.element.hidden = true
    this.element.addEventListener("keydown", (event) => this.press(event))
    this.leave = (event) => {
      if (!this.element.contains(event.target) && event.target.closest?.("button") !== this.opener) this.close()
    }
  }

  open(node, opener) {
    if (!this.element.hidden && this.opener === opener) return this.close()
    this.opener = opener
    this.node = node
    this.element.replaceChildren(...this.items(node).map((item) => this.button(item)))
    this.element.hidden = false
    this.stand()
    this.element.querySelector("button:not(:disabled)")?.focus()
    document.addEventListener("pointerdown", this.leave, true)
  }

  close({ isBack = false } = {}) {
    this.element.hidden = true
    document.removeEventListener("pointerdown", this.leave, true)
    if (isBack) this.opener?.focus()
  }

  // Below its button, or above it where there is no room.
  stand() {
    const frame = this.form.root.getBoundingClientRect()
    const button = this.opener.getBoundingClientRect()
    const isLow = button.bottom + this.element.offsetHeight > window.innerHeight - 80
    const top = isLow ? button.top - frame.top - this.element.offsetHeight : button.bottom - frame.top
    this.element.style.top = `${Math.max(top, 0)}px`
    this.element.style.right = `${frame.right - button.right}px`
  }

  button({ text, act, isOff, name }) {
    const button = textButton(text, name, () => {
      this.close({ isBack: true })
      act()
    })
    button.role = "menuitem"
    button.className = "bb-menu-item"
    button.disabled = Boolean(isOff)
    return button
  }

  items(node) {
    const { form } = this
    const { tree } = form
    const { row } = node
    const before = tree.holderBefore(node)
    const isField = row.kind === "field"
    const items = []
    if (row.holds === "fields") items.push({ text: "Add a field in it", name: "add", act: () => form.addIn(node) })
    if (row.holds === "shapes") items.push({ text: "Add a shape", name: "add", act: () => form.addIn(node) })
    if (isField) items.push({ text: "Add a field below", name: "add", act: () => form.addAfter(node) })
    if (row.kind === "definition") return [...items, ...this.endings(node)]
    const last = node.parent.children.length - 1
    items.push(
      { text: "Duplicate", name: "content_copy", act: () => form.duplicate(node) },
      { text: "Move up", name: "arrow_upward", isOff: node.index === 0, act: () => form.move(node, -1) },
      { text: "Move down", name: "arrow_downward", isOff: node.index === last, act: () => form.move(node, 1) },
    )
    if (isField) {
      const target = before ? `Move into ${shorten(before.row.name) || "the object above"}` : "Move into the object above"
      items.push(
        { text: target, name: "subdirectory_arrow_right", isOff: !before, act: () => form.moveInto(node) },
        { text: "Move out", name: "subdirectory_arrow_left", isOff: !tree.branchOutside(node), act: () => form.moveOut(node) },
      )
    }
    return [...items, ...this.endings(node)]
  }

  endings(node) {
    const { form } = this
    const { row } = node
    const isList = row.items.length > 0
    const target = (row.items.at(-1) ?? row).target
    const items = []
    if (target && !isList) items.push({ text: "Write its shape here", name: "unfold_more", act: () => form.inline(node) })
    else if (row.kind !== "definition" && !target) {
      items.push({ text: "Make it a definition", name: "deployed_code", act: () => form.extract(node) })
    }
    items.push({ text: "Remove", name: "close", act: () => form.remove(node) })
    return items
  }

  press(event) {
    const items = [...this.element.querySelectorAll("button:not(:disabled)")]
    const at = items.indexOf(document.activeElement)
    const steps = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }
    if (event.key === "Escape" || event.key === "Tab") this.close({ isBack: event.key === "Escape" })
    else if (event.key in steps) items.at(steps[event.key] % items.length)?.focus()
    else return
    if (event.key === "Tab") return
    event.preventDefault()
    event.stopPropagation()
  }
}

const shorten = (text) => (text.length > 24 ? `${text.slice(0, 23)}…` : text)
