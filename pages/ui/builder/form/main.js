// The form of a schema. Edits show at once and go to the server in order; its answer is what counts.

const SOME = 60 // rows, above which the lists of types are filled when they are used
const MANY = 400 // rows, above which inner fields start folded
const SLOW = 800 // milliseconds until a wait is told

class SchemaForm {
  constructor(parent) {
    this.tree = new FieldTree()
    this.views = new Map()
    // Undo and redo that were asked for while an answer was awaited.
    this.stepsToDo = []
    this.sender = new Sender((edits) => this.component.setStateValue("edits", edits))
    this.keys = new Keys(this)
    this.drag = new Drag(this)
    this.menu = new RowMenu(this)
    this.toolbar = new Toolbar(this)
    this.root = make("div", "bb-form")
    this.head = make("div", "bb-head")
    this.head.append(...["Field", "Type", "Description", "Required", ""].map((text) => make("div", "", text)))
    this.list = make("div", "bb-fields")
    this.add = textButton("Add field", "add", () => this.addIn(this.looked ?? this.tree.root))
    this.define = textButton("Add definition", "deployed_code", () => this.addDefinition())
    this.unused = textButton("Remove unused definitions", "close", () => this.send({ do: "removeUnused" }, { isShown: false }))
    const foot = make("div", "bb-foot")
    foot.append(this.add, this.define, this.unused)
    this.marks = make("div", "bb-root-marks")
    this.kept = make("div", "bb-quiet bb-root-kept")
    this.titleOfDefinitions = make("div", "bb-title", "Definitions")
    this.spoken = make("div", "bb-spoken")
    this.spoken.role = "status"
    const { toolbar } = this
    this.root.append(toolbar.element, toolbar.details, toolbar.refusal, this.marks, toolbar.trail, this.head, this.list, foot, this.kept)
    this.root.append(this.drag.mark, this.menu.element, this.spoken)
    this.root.addEventListener("keydown", (event) => this.keys.pressForm(event))
    // Where nothing has the focus, undo is still meant for the form.
    this.hear = (event) => event.target === document.body && this.keys.pressForm(event)
    window.addEventListener("keydown", this.hear)
    parent.append(this.root)
  }

  // While edits are under way the form is ahead of the answer, which is looked at when the last of them is in it.
  take(component) {
    this.component = component
    const { data } = component
    this.sender.settle(data.applied)
    if (this.view && !this.sender.isSettled) return
    clearTimeout(this.slow)
    this.root.classList.remove("bb-waiting")
    this.isBlocked = false
    const isFirst = !this.view
    this.view = data
    this.takeKinds(data)
    this.tree.take(data)
    if (isFirst && data.rows.length > MANY) for (const node of this.tree.walk()) node.isOpen = false
    this.takeHeld(data.held)
    this.takeSelected(data)
    this.draw()
    this.goToSelected(data, isFirst)
    if (this.stepsToDo.length) this.step(this.stepsToDo.shift())
  }

  takeKinds({ types, definitions, rows }) {
    const words = new Map(types.map(({ value, words }) => [value, words]))
    this.kinds = { words, definitions, mark: JSON.stringify([types, definitions]), isLazy: rows.length > SOME }
  }

  // What was typed and could not be taken, with the reason; it keeps the task from being saved.
  takeHeld(held) {
    for (const node of [this.tree.root, ...this.tree.walk()]) node.held.clear()
    for (const { path, level, part, value, message } of held) {
      const node = this.tree.find(path)
      const inRow = ["name", "description", node?.row.kind === "shape" ? "title" : ""]
      const isInRow = node !== this.tree.root && !level && inRow.includes(part)
      node?.held.set(isInRow ? part : `${level}|${part}`, { value, message, isShown: !isInRow })
    }
  }

  isHeld(refusal) {
    return this.view.held.some((one) => one.part === refusal.part && one.message === refusal.message)
  }

  takeSelected(data) {
    this.selected = data.selected ? this.tree.find(data.selected) : null
    if (!data.details || !this.selected) {
      this.details = null
      return
    }
    if (this.details?.node !== this.selected) {
      this.details = new Details(this, this.selected)
      this.details.serial = this.serial = (this.serial ?? 0) + 1
    }
    this.details.take(data.details)
  }

  // What was selected from outside, such as by advice, is brought into sight.
  goToSelected(data, isFirst) {
    const key = data.selected ? keyOf(data.selected) : null
    const isNews = key !== null && this.selected && this.asked !== this.selected
    this.asked = this.selected
    if (isFirst || !isNews) return
    if (this.selected === this.tree.root) return
    for (let node = this.selected.parent; node; node = node.parent) node.isOpen = true
    if (this.looked && !this.selected.isInside(this.looked)) this.looked = null
    this.draw()
    this.views.get(this.selected.uid)?.element.scrollIntoView({ block: "nearest" })
  }

  draw() {
    const { view, tree } = this
    if (this.looked && !tree.holds(this.looked)) this.looked = null
    this.foundNodes = this.findNodes()
    const top = this.looked ? [this.looked] : [tree.root]
    this.visible = top.flatMap((node) => this.visibleIn(node))
    const own = this.visible.length
    if (!this.looked) this.visible.push(...this.visibleIn(tree.definitions))
    const focused = this.root.contains(document.activeElement) ? document.activeElement : null
    const elements = this.visible.map((node) => this.drawRow(node).element)
    if (!this.looked && tree.definitions.children.length) elements.splice(own, 0, this.titleOfDefinitions)
    place(this.list, elements)
    if (focused && focused.isConnected && document.activeElement !== focused) focused.focus({ preventScroll: true })
    const shown = new Set(this.visible.map((node) => node.uid))
    for (const uid of this.views.keys()) if (!shown.has(uid)) this.views.delete(uid)
    this.head.hidden = !this.visible.length
    this.toolbar.search.hidden = !this.tree.root.children.length && !view.search
    const holder = this.looked ?? tree.root
    this.add.hidden = holder.row.holds === null
    this.add.words.textContent = holder.row.holds === "shapes" ? "Add shape" : this.looked ? `Add field to ${shorten(this.looked.row.name)}` : "Add field"
    this.define.hidden = Boolean(this.looked)
    this.unused.hidden = !view.unused || Boolean(this.looked)
    this.takeRoot(view)
    this.toolbar.update(view)
  }

  // What is said of the whole, and what the whole has that the form does not edit.
  takeRoot(view) {
    const marks = view.rootMarks.map(({ text, tone }) => make("div", `bb-mark bb-${tone}`, text))
    this.marks.replaceChildren(...marks)
    const kept = view.rootKept.map(({ keyword, text }) => `${keyword} ${text}`.trim())
    this.kept.textContent = kept.length ? `Kept as written, to be changed in the JSON tab: ${kept.join(", ")}` : ""
  }

  drawRow(node) {
    let drawn = this.views.get(node.uid)
    if (!drawn || drawn.node !== node) {
      drawn = new RowView(this, node)
      this.views.set(node.uid, drawn)
    }
    const state = this.stateOf(node)
    if (drawn.drawnState !== state) drawn.update()
    drawn.drawnState = state
    return drawn
  }

  // All that a row shows: while it is the same there is nothing to draw.
  stateOf(node) {
    const { row } = node
    const held = [...node.held].map(([key, { message }]) => [key, message])
    const standing = [this.numberOf(node), this.depthOf(node), this.isSelected(node), this.isFound(node), this.isUnfolded(node)]
    const details = this.detailsOf(node) ? this.details.serial : 0
    return JSON.stringify([{ ...row, path: 0, items: row.items.map(({ type, target }) => [type, target]) }, standing, held, details, node.children.length, this.kinds.mark])
  }

  visibleIn(node) {
    const isDeep = this.depthOf(node) >= DEEPEST && node !== this.looked
    if (isDeep && !this.foundNodes) return []
    return node.children.flatMap((child) => {
      const inside = this.isUnfolded(child) ? this.visibleIn(child) : []
      const isWanted = !this.foundNodes || this.foundNodes.has(child) || inside.length
      return isWanted ? [child, ...inside] : []
    })
  }

  findNodes() {
    const { found } = this.view
    if (found === null) return null
    const keys = new Set(found.map(keyOf))
    const nodes = new Set()
    for (const node of this.tree.walk()) {
      const path = this.tree.pathOf(node)
      const inner = node.row.items.map((item) => keyOf(item.path))
      if (keys.has(keyOf(path)) || inner.some((key) => keys.has(key))) nodes.add(node)
    }
    return nodes
  }

  goToNext() {
    const found = this.visible.filter((node) => this.foundNodes?.has(node))
    if (!found.length) return
    const at = found.findIndex((node) => node.uid === this.reached)
    const next = found[(at + 1) % found.length]
    this.reached = next.uid
    for (const view of this.views.values()) view.element.classList.toggle("bb-reached", view.node === next)
    this.viewOf(next).element.scrollIntoView({ block: "center" })
  }

  viewOf(node) {
    return node ? this.views.get(node.uid) : undefined
  }

  depthOf(node) {
    return this.looked ? node.depth - this.looked.depth - 1 : node.depth
  }

  numberOf(node) {
    const steps = []
    for (let one = node; one.parent; one = one.parent) steps.unshift(one.index + 1)
    return (node.isInside(this.tree.definitions) ? "D" : "") + steps.join(".")
  }

  isSelected(node) {
    return this.selected === node
  }

  isFound(node) {
    return Boolean(this.foundNodes?.has(node))
  }

  isUnfolded(node) {
    return this.foundNodes !== null && this.foundNodes !== undefined ? true : node.isOpen && !this.isTooDeep(node)
  }

  isTooDeep(node) {
    return this.depthOf(node) + 1 > DEEPEST && node.children.length > 0
  }

  detailsOf(node) {
    return this.details?.node === node ? this.details.element : null
  }

  way() {
    const nodes = []
    for (let node = this.looked; node && node.parent; node = node.parent) nodes.unshift(node)
    return nodes
  }

  hasFolds() {
    return [...this.tree.walk()].some((node) => node.children.length)
  }

  hasUnfolded() {
    return [...this.tree.walk()].some((node) => node.children.length && node.isOpen)
  }

  fold(node) {
    if (this.isTooDeep(node)) return this.lookAt(node)
    node.isOpen = !node.isOpen
    this.draw()
  }

  foldAll() {
    const isOpen = !this.hasUnfolded()
    for (const node of this.tree.walk()) node.isOpen = isOpen
    this.draw()
  }

  lookAt(node) {
    const before = this.looked
    this.looked = node
    this.draw()
    const view = this.viewOf(node ? this.visible[0] : before) ?? this.viewOf(this.visible[0] ?? node)
    if (view) view.name.focus()
    else this.add.focus()
  }

  walk(node, by, part) {
    const next = this.visible[this.visible.indexOf(node) + by]
    const input = next && this.viewOf(next)[part]
    input?.focus()
    return Boolean(input)
  }

  close() {
    clearTimeout(this.slow)
    this.menu.close()
    window.removeEventListener("keydown", this.hear)
  }
}

Object.assign(SchemaForm.prototype, acts)

export default function (component) {
  const parent = component.parentElement
  parent.benchtopForm ??= new SchemaForm(parent)
  parent.benchtopForm.take(component)
  return () => parent.benchtopForm.close()
}
