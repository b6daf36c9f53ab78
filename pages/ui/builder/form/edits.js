// What can be done in the form: each act changes the tree at once and sends an edit. Mixed into the form below.

const acts = {
  send(edit, { isShown = true, isBlocking = false } = {}) {
    this.sender.push(edit)
    this.isBlocked ||= isBlocking
    clearTimeout(this.slow)
    this.slow = setTimeout(() => this.root.classList.add("bb-waiting"), SLOW)
    if (isShown) this.draw()
  },

  // Before fields change places, what is being typed goes over to where it belongs.
  settleTyping() {
    document.activeElement?.flush?.()
  },

  // A field that was taken out hands over what was being typed in it, which leads nowhere any more. False: not now.
  change(node, part, value) {
    if (!this.tree.holds(node)) return true
    if (this.isBlocked) return false
    node.held.delete(part)
    const edit = { do: "change", path: this.tree.pathOf(node), part, value }
    if (part in node.row) node.row = { ...node.row, [part]: value }
    this.send(edit, { isShown: part === "required", isBlocking: false })
    return true
  },

  // A choice and a constant are nothing without their values, so these come into sight.
  changeKind(node, kind) {
    if (!this.change(node, "shape", kind)) return this.draw()
    const item = { path: [], type: kind.type ?? "anything", target: kind.target }
    const isList = kind.depth > 0
    node.row = {
      ...node.row,
      type: isList ? "array" : kind.type,
      target: isList ? null : kind.target,
      items: Array(kind.depth).fill(item),
      inside: Array(kind.depth).fill("[]"),
      holds: { object: "fields", "one of": "shapes" }[kind.type] ?? null,
    }
    this.draw()
    const isOpening = ["choice", "constant"].includes(kind.type) && !this.isSelected(node)
    if (isOpening) this.toggleDetails(node)
  },

  changePart(node, level, part, value) {
    if (!this.tree.holds(node)) return true
    if (this.isBlocked) return false
    const key = `${level}|${part}`
    node.held.delete(key)
    const path = [...this.tree.pathOf(node), ...Array(level).fill("[]")]
    this.send({ do: "change", path, part, value }, { isShown: false })
    return true
  },

  addTo(parent, index) {
    if (this.isBlocked) return
    this.settleTyping()
    this.endSearch()
    const kind = parent.row.holds === "shapes" ? "shape" : "field"
    const node = new FieldNode(blankRow(kind), null)
    const edit = { do: "add", parent: this.tree.holderPath(parent), index }
    parent.isOpen = true
    this.tree.insert(node, parent, index)
    this.send(edit)
    if (!this.viewOf(node)) this.lookAt(parent)
    this.viewOf(node)?.name.focus()
    this.viewOf(node)?.element.scrollIntoView({ block: "nearest" })
  },

  addIn(node) {
    this.addTo(node, node.children.length)
  },

  addAfter(node) {
    this.addTo(node.parent, node.index + 1)
  },

  addDefinition() {
    if (this.isBlocked) return
    this.settleTyping()
    this.endSearch()
    const name = freeName("Shape", this.tree.definitions.children.map((node) => node.row.name))
    const node = new FieldNode({ ...blankRow("definition"), name, type: "object", holds: "fields" }, null)
    this.tree.insert(node, this.tree.definitions, this.tree.definitions.children.length)
    this.send({ do: "addDefinition", name })
    this.viewOf(node)?.name.select()
    this.viewOf(node)?.name.focus()
  },

  // A definition that is used may not go, which only the server knows for sure.
  remove(node) {
    if (this.isBlocked) return
    const edit = { do: "remove", path: this.tree.pathOf(node) }
    if (node.row.kind === "field") {
      const near = this.visible[this.visible.indexOf(node) - 1] ?? node.parent.children[node.index + 1]
      this.tree.remove(node)
      this.send(edit)
      const view = near && this.viewOf(near)
      if (view) view.name.focus()
      else this.add.focus()
      this.speak(`Removed ${node.row.name || "the field"}. Ctrl+Z brings it back.`)
    } else this.send(edit, { isShown: false, isBlocking: true })
  },

  duplicate(node) {
    if (this.isBlocked) return
    this.settleTyping()
    this.endSearch()
    const edit = { do: "duplicate", path: this.tree.pathOf(node) }
    const twin = this.tree.copy(node, node.parent)
    twin.row.name = freeName(node.row.name, node.parent.children.map((one) => one.row.name))
    this.tree.insert(twin, node.parent, node.index + 1)
    this.send(edit)
    this.viewOf(twin)?.name.focus()
  },

  move(node, by) {
    if (this.isBlocked || node.row.kind === "definition") return
    const index = node.index + by
    const { parent } = node
    if (index < 0 || index >= parent.children.length) return
    this.settleTyping()
    const edit = { do: "move", path: this.tree.pathOf(node), by }
    this.tree.remove(node)
    this.tree.insert(node, parent, index)
    this.send(edit)
    this.viewOf(node)?.element.scrollIntoView({ block: "nearest" })
    this.speak(`${node.row.name || "The field"} is now ${index + 1} of ${parent.children.length}.`)
  },

  put(node, parent, index) {
    if (this.isBlocked) return
    if (parent === node.parent && (index === node.index || index === node.index + 1)) return
    this.settleTyping()
    const edit = { do: "put", path: this.tree.pathOf(node), parent: this.tree.holderPath(parent), index }
    parent.isOpen = true
    this.tree.put(node, parent, index)
    this.send(edit)
    this.speak(`Moved ${node.row.name || "the field"}.`)
  },

  moveInto(node) {
    const target = this.tree.holderBefore(node)
    if (this.isBlocked || !target) return
    this.settleTyping()
    const edit = { do: "into", path: this.tree.pathOf(node) }
    target.isOpen = true
    this.tree.remove(node)
    this.tree.insert(node, target, target.children.length)
    this.send(edit)
    this.speak(`Moved ${node.row.name || "the field"} into ${target.row.name}.`)
  },

  moveOut(node) {
    const branch = this.tree.branchOutside(node)
    if (this.isBlocked || !branch) return
    this.settleTyping()
    const edit = { do: "out", path: this.tree.pathOf(node) }
    this.tree.remove(node)
    this.tree.insert(node, branch.parent, branch.index + 1)
    this.send(edit)
    this.speak(`Moved ${node.row.name || "the field"} out.`)
  },

  extract(node) {
    if (this.isBlocked) return
    this.settleTyping()
    const wanted = node.row.name ? node.row.name[0].toUpperCase() + node.row.name.slice(1) : "Shape"
    const name = freeName(wanted, this.tree.definitions.children.map((one) => one.row.name))
    const path = [...this.tree.pathOf(node), ...Array(node.row.items.length).fill("[]")]
    this.send({ do: "extract", path, name }, { isShown: false, isBlocking: true })
  },

  inline(node) {
    if (this.isBlocked) return
    this.settleTyping()
    this.send({ do: "inline", path: this.tree.pathOf(node) }, { isShown: false, isBlocking: true })
  },

  step(way) {
    if (this.isBlocked) return void this.stepsToDo.push(way)
    const isOff = way === "undo" ? this.view.undo === null && this.sender.isSettled : this.view.redo === null
    if (isOff) return
    this.settleTyping()
    const focused = document.activeElement
    for (const each of [focused, focused?.closest(".bb-list")]) if (each) each.isTouched = false
    for (const node of this.tree.walk()) node.held.clear()
    this.send({ do: way }, { isShown: false, isBlocking: true })
  },

  toggleDetails(node) {
    if (this.isBlocked) return
    this.settleTyping()
    const isOpen = this.isSelected(node)
    this.selected = isOpen ? null : node
    this.asked = this.selected
    this.details = null
    this.send({ do: "select", path: isOpen ? null : this.tree.pathOf(node) })
  },

  seek(words) {
    this.send({ do: "search", words }, { isShown: false })
  },

  // What is new would be hidden by a search that does not find it.
  endSearch() {
    if (this.view.found === null) return
    this.view = { ...this.view, found: null, search: "" }
    this.seek("")
  },

  speak(words) {
    this.spoken.textContent = words
  },
}

function freeName(wanted, taken) {
  if (!wanted || !taken.includes(wanted)) return wanted
  let number = 2
  while (taken.includes(`${wanted}_${number}`)) number += 1
  return `${wanted}_${number}`
}
