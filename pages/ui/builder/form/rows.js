// One field in its row.

const DEEPEST = 5

class RowView {
  constructor(form, node) {
    this.form = form
    this.node = node
    this.element = make("div", "bb-field")
    this.element.dataset.uid = node.uid
    this.line = make("div", "bb-line")
    this.grip = iconButton("drag_indicator", "Move")
    this.grip.classList.add("bb-grip")
    this.fold = iconButton("expand_more", "Fold", () => form.fold(node))
    this.name = textInput("", node.row.kind === "shape" ? "Title of the shape" : "Field name")
    this.name.classList.add("bb-name")
    this.kind = make("select", "bb-select bb-kind")
    this.description = textLines("", "Description for the model")
    this.description.classList.add("bb-description")
    this.required = checkbox("", true, (isOn) => form.change(node, "required", isOn))
    this.required.classList.add("bb-required")
    this.more = iconButton("tune", "Details", () => form.toggleDetails(node))
    this.menu = iconButton("more_vert", "More", () => form.menu.open(node, this.menu))
    this.menu.ariaHasPopup = "menu"
    this.away = iconButton("close", "Remove", () => form.remove(node))
    this.under = make("div", "bb-under")
    this.build()
    this.listen()
  }

  build() {
    const first = make("div", "bb-first")
    this.lead = make("span", "bb-lead")
    first.append(this.grip, this.fold, this.name)
    const acts = make("div", "bb-acts")
    acts.append(this.more, this.menu, this.away)
    this.line.append(first, this.kind, this.description, this.required, acts)
    this.element.append(this.line, this.under)
  }

  listen() {
    const { form, node } = this
    const part = node.row.kind === "shape" ? "title" : "name"
    onTyped(this.name, (value) => form.change(node, part, value))
    onTyped(this.description, (value) => form.change(node, "description", value))
    const fill = () => fillKinds(this.kind, node.row, { ...form.kinds, isLazy: false })
    for (const name of ["pointerenter", "pointerdown", "focus"]) this.kind.addEventListener(name, fill)
    this.kind.addEventListener("change", () => form.changeKind(node, readKind(this.kind.value)))
    this.element.addEventListener("keydown", (event) => form.keys.press(event, node, this))
    this.grip.addEventListener("pointerdown", (event) => form.drag.begin(event, node))
  }

  update() {
    const { node, form } = this
    const { row } = node
    const number = form.numberOf(node)
    this.element.style.setProperty("--bb-depth", Math.min(form.depthOf(node), DEEPEST))
    this.element.classList.toggle("bb-selected", form.isSelected(node))
    this.element.classList.toggle("bb-found", form.isFound(node))
    this.updateNames(number)
    const part = row.kind === "shape" ? "title" : "name"
    setTyped(this.name, node.held.get(part)?.value ?? row[part])
    setTyped(this.description, node.held.get("description")?.value ?? row.description)
    fillKinds(this.kind, row, form.kinds)
    this.kind.title = this.kind.selectedOptions[0]?.textContent ?? ""
    this.required.box.checked = row.required
    this.required.classList.toggle("bb-none", row.kind !== "field")
    this.grip.classList.toggle("bb-none", row.kind === "definition")
    const isHolder = node.children.length > 0 || row.holds !== null
    this.fold.classList.toggle("bb-none", !isHolder)
    this.fold.firstChild.textContent = form.isUnfolded(node) ? "expand_more" : "chevron_right"
    this.fold.ariaExpanded = String(form.isUnfolded(node))
    this.more.classList.toggle("bb-on", form.isSelected(node))
    this.more.ariaExpanded = String(form.isSelected(node))
    this.updateUnder()
  }

  updateNames(number) {
    const { row } = this.node
    const name = row.kind === "shape" ? `shape ${this.node.index + 1}` : row.name || "this field"
    this.name.ariaLabel = `Field ${number} name`
    this.kind.ariaLabel = `Field ${number} type`
    this.description.ariaLabel = `Field ${number} description`
    this.required.title = `${name} is required`
    this.required.box.ariaLabel = `Field ${number} required`
    say(this.more, `Details of ${name}`)
    say(this.menu, `More for ${name}`)
    say(this.away, `Remove ${name}`)
    say(this.grip, `Move ${name}: drag, or press the arrow keys`)
    say(this.fold, this.form.isUnfolded(this.node) ? `Fold ${name}` : `Unfold ${name}`)
  }

  // Below the line stand what is set, what is wrong, and the details while they are open.
  updateUnder() {
    const { node, form } = this
    const { row } = node
    const used = row.kind === "definition" ? [row.uses ? `used ${row.uses}×` : "not used"] : []
    const refused = [...node.held.values()].filter((one) => !one.isShown || !form.isSelected(node)).map((one) => ({ text: one.message, tone: "error" }))
    const state = JSON.stringify([row.badges, used, row.marks, refused, form.isUnfolded(node), node.children.length])
    if (this.state !== state) {
      this.state = state
      this.notes?.remove()
      this.notes = make("div", "bb-notes")
      const badges = [...used, ...row.badges]
      if (!form.isUnfolded(node) && node.children.length) badges.push(counted(node.children.length, "part"))
      if (badges.length) this.notes.append(...badges.map((text) => make("span", "bb-badge", text)))
      for (const mark of [...refused, ...row.marks]) this.notes.append(make("div", `bb-mark bb-${mark.tone}`, mark.text))
      if (this.notes.childElementCount) this.under.prepend(this.notes)
    }
    const details = form.detailsOf(node)
    if (this.details && this.details !== details) this.details.remove()
    if (details && details.parentElement !== this.under) this.under.append(details)
    this.details = details
  }
}

const counted = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`
