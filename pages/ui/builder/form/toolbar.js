// What stands above the fields: search, undo and redo, and the way back from a field that is looked at alone.

class Toolbar {
  constructor(form) {
    this.form = form
    this.element = make("div", "bb-toolbar")
    this.search = textInput("Search fields", "Search fields")
    this.search.type = "search"
    this.search.classList.add("bb-search")
    onTyped(this.search, (words) => form.seek(words))
    this.search.addEventListener("keydown", (event) => this.press(event))
    this.found = make("span", "bb-quiet")
    this.found.role = "status"
    this.undo = iconButton("undo", "Undo", () => form.step("undo"))
    this.redo = iconButton("redo", "Redo", () => form.step("redo"))
    this.fold = iconButton("unfold_less", "Fold all", () => form.foldAll())
    this.whole = iconButton("tune", "Details of the whole", () => form.toggleDetails(form.tree.root))
    this.busy = make("span", "bb-busy bb-quiet", "Working…")
    const acts = make("div", "bb-acts")
    acts.append(this.busy, this.whole, this.undo, this.redo, this.fold)
    this.element.append(this.search, this.found, acts)
    this.trail = make("div", "bb-trail")
    this.details = make("div", "bb-root-details")
    this.refusal = make("div", "bb-mark bb-error bb-refusal")
    this.refusal.role = "alert"
  }

  press(event) {
    if (event.key === "Enter") {
      this.search.flush()
      this.form.goToNext()
    } else if (event.key === "Escape") {
      this.search.value = ""
      this.search.flush()
    } else return
    event.preventDefault()
    event.stopPropagation()
  }

  update(view) {
    const { form } = this
    setTyped(this.search, view.search)
    this.found.textContent = view.found === null ? "" : `${counted(view.found.length, "field")} found`
    say(this.undo, view.undo === null ? "Nothing to undo" : `Undo: ${view.undo || "the last edit"} (Ctrl+Z)`)
    say(this.redo, view.redo === null ? "Nothing to redo" : `Redo: ${view.redo || "the last edit"} (Ctrl+Shift+Z)`)
    this.undo.disabled = view.undo === null
    this.redo.disabled = view.redo === null
    say(this.whole, `Details of the whole: what ${view.noun} is and may hold`)
    const details = form.detailsOf(form.tree.root)
    this.whole.classList.toggle("bb-on", details !== null)
    this.whole.ariaExpanded = String(details !== null)
    if (details && details.parentElement !== this.details) this.details.replaceChildren(details)
    else if (!details) this.details.replaceChildren()
    const isAnyOpen = form.hasUnfolded()
    this.fold.firstChild.textContent = isAnyOpen ? "unfold_less" : "unfold_more"
    say(this.fold, isAnyOpen ? "Fold all" : "Unfold all")
    this.fold.hidden = !form.hasFolds()
    const loose = view.refusal && !form.isHeld(view.refusal) ? view.refusal.message : ""
    this.refusal.hidden = !loose
    this.refusal.textContent = loose
    this.updateTrail()
  }

  updateTrail() {
    const { form } = this
    const way = form.way()
    this.trail.hidden = !way.length
    this.trail.replaceChildren()
    if (!way.length) return
    this.trail.append(textButton("All fields", "arrow_back", () => form.lookAt(null)))
    for (const node of way) {
      this.trail.append(make("span", "bb-quiet", "›"))
      const name = node.row.name || (node.row.kind === "shape" ? `Shape ${node.index + 1}` : "…")
      const isLast = node === way.at(-1)
      this.trail.append(isLast ? make("strong", "", name) : textButton(name, "", () => form.lookAt(node)))
    }
  }
}
