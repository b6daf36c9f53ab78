// Moving a field with the pointer: a line shows where it would stand.

const EDGE = 60 // pixels from the edge of the window at which the page scrolls along
const STEP = 12

class Drag {
  constructor(form) {
    this.form = form
    this.mark = make("div", "bb-drop")
    this.mark.hidden = true
  }

  begin(event, node) {
    if (event.button !== 0 || node.row.kind === "definition") return
    event.preventDefault()
    event.currentTarget.focus()
    this.node = node
    this.start = { x: event.clientX, y: event.clientY }
    this.isOn = false
    const listeners = {
      pointermove: (moved) => this.follow(moved),
      pointerup: () => this.end(true),
      pointercancel: () => this.end(false),
      keydown: (pressed) => pressed.key === "Escape" && this.end(false),
    }
    for (const [name, listen] of Object.entries(listeners)) window.addEventListener(name, listen, true)
    this.forget = () => {
      for (const [name, listen] of Object.entries(listeners)) window.removeEventListener(name, listen, true)
    }
  }

  follow(event) {
    this.y = event.clientY
    if (!this.isOn && Math.hypot(event.clientX - this.start.x, event.clientY - this.start.y) < 4) return
    if (!this.isOn) {
      this.isOn = true
      this.form.viewOf(this.node).element.classList.add("bb-dragged")
      this.form.root.classList.add("bb-dragging")
      this.scroll()
    }
    this.show()
  }

  scroll() {
    if (!this.isOn) return
    const by = this.y < EDGE ? -STEP : this.y > window.innerHeight - EDGE ? STEP : 0
    if (by) {
      scrollable(this.form.root)?.scrollBy(0, by)
      this.show()
    }
    requestAnimationFrame(() => this.scroll())
  }

  // The upper part of a row means before it, the lower part behind it; an object's middle means into it.
  target() {
    const { form, node } = this
    for (const other of form.visible) {
      const { line, element } = form.viewOf(other)
      const box = line.getBoundingClientRect()
      const bottom = element.getBoundingClientRect().bottom
      if (this.y < box.top || this.y >= bottom || other.isInside(node)) continue
      const share = (this.y - box.top) / Math.max(box.height, 1)
      const holds = node.row.kind === "shape" ? "shapes" : "fields"
      const takes = other.row.holds === holds && (holds === "fields" || other === node.parent)
      if (takes && share > 0.3) {
        const isFirst = form.isUnfolded(other) && other.children.length > 0
        return { parent: other, index: isFirst ? 0 : other.children.length, other, side: "in" }
      }
      const isFit = other.parent.row.holds === holds && (holds === "fields" || other.parent === node.parent)
      if (!isFit) return null
      const isBefore = share < 0.5
      return { parent: other.parent, index: other.index + (isBefore ? 0 : 1), other, side: isBefore ? "before" : "after" }
    }
    return null
  }

  show() {
    const found = this.target()
    this.found = found
    this.mark.hidden = !found
    if (!found) return
    const frame = this.form.root.getBoundingClientRect()
    const box = this.form.viewOf(found.other).line.getBoundingClientRect()
    const depth = Math.min(this.form.depthOf(found.other), DEEPEST) + (found.side === "in" ? 1 : 0)
    this.mark.style.top = `${(found.side === "before" ? box.top : box.bottom) - frame.top - 1}px`
    this.mark.style.setProperty("--bb-depth", depth)
  }

  end(isDropped) {
    this.forget?.()
    this.forget = null
    const { node, found, form } = this
    const wasOn = this.isOn
    this.isOn = false
    this.mark.hidden = true
    form.root.classList.remove("bb-dragging")
    form.viewOf(node)?.element.classList.remove("bb-dragged")
    if (wasOn && isDropped && found) form.put(node, found.parent, found.index)
    this.found = null
  }
}

function scrollable(element) {
  for (let one = element.parentElement; one; one = one.parentElement) {
    if (one.scrollHeight > one.clientHeight && /auto|scroll/.test(getComputedStyle(one).overflowY)) return one
  }
  return null
}
