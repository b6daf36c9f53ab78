// The details of one field: a control for each thing that can be said of it, as the server lists them.

class Details {
  constructor(form, node) {
    this.form = form
    this.node = node
    this.element = make("div", "bb-details")
    this.controls = new Map()
  }

  // Controls stay as long as the same ones are wanted, so that focus and half-typed text survive an answer.
  take(details) {
    const shape = JSON.stringify(details.sections.map((one) => [one.title, one.controls.map((each) => [each.part, each.kind])]))
    if (this.shape !== shape) this.build(details)
    this.shape = shape
    details.sections.forEach((section, place) => {
      for (const control of section.controls) this.controls.get(`${place}|${control.part}`).take(control, section.path)
    })
    this.takeKept(details.kept)
  }

  build(details) {
    this.element.replaceChildren()
    this.controls.clear()
    details.sections.forEach((section, place) => {
      if (!section.controls.length) return
      const frame = make("div", "bb-section")
      if (section.title) frame.append(make("div", "bb-section-title", section.title))
      const grid = make("div", "bb-grid")
      for (const control of section.controls) {
        const made = makeControl(this, control, place)
        this.controls.set(`${place}|${control.part}`, made)
        grid.append(made.element)
      }
      frame.append(grid)
      this.element.append(frame)
    })
    this.kept = make("div", "bb-kept")
    this.element.append(this.kept)
    if (!this.controls.size) this.element.prepend(make("div", "bb-quiet", "There is nothing more to say of this one in the form."))
  }

  takeKept(kept) {
    this.kept.replaceChildren()
    if (!kept.length) return
    this.kept.append(make("div", "bb-section-title", "Kept as written, to be changed in the JSON tab"))
    for (const { keyword, text } of kept) {
      const line = make("div", "bb-kept-line")
      line.append(make("code", "", keyword), make("code", "bb-quiet", text))
      this.kept.append(line)
    }
  }
}
