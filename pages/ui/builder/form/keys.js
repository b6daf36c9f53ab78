// What the keys do in a row: Enter adds, Alt with an arrow moves, arrows alone walk or, at the handle, move.

class Keys {
  constructor(form) {
    this.form = form
  }

  press(event, node, view) {
    if (view.details?.contains(event.target)) return
    if (this.pressMove(event, node, view) || this.pressWalk(event, node, view)) {
      event.preventDefault()
      event.stopPropagation()
    }
  }

  pressMove(event, node, view) {
    const { form } = this
    const isAtGrip = event.target === view.grip
    if (event.ctrlKey || event.metaKey || !event.key.startsWith("Arrow")) return false
    if (!isAtGrip && !event.altKey) return false
    const isAcross = isAtGrip || event.shiftKey
    if (event.key === "ArrowUp") form.move(node, -1)
    else if (event.key === "ArrowDown") form.move(node, 1)
    else if (event.key === "ArrowRight" && isAcross) form.moveInto(node)
    else if (event.key === "ArrowLeft" && isAcross) form.moveOut(node)
    else return false
    return true
  }

  pressWalk(event, node, view) {
    const { form } = this
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.isComposing) return false
    if (event.key === "Enter" && event.altKey) {
      form.toggleDetails(node)
      return true
    }
    const isText = event.target === view.name || event.target === view.description
    if (event.altKey || !isText || event.target.value.includes("\n")) return false
    if (event.key === "Enter") {
      event.target.flush()
      if (event.target === view.name && node.row.kind === "field") form.addAfter(node)
      return true
    }
    const part = event.target === view.name ? "name" : "description"
    if (event.key === "ArrowDown") return form.walk(node, 1, part)
    if (event.key === "ArrowUp") return form.walk(node, -1, part)
    return false
  }

  // Undo and redo of the form; while a text is being typed these keys belong to the text.
  pressForm(event) {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return
    const key = event.key.toLowerCase()
    const isUndo = key === "z" && !event.shiftKey
    const isRedo = key === "y" || (key === "z" && event.shiftKey)
    if (!isUndo && !isRedo) return
    const { target } = event
    if (target.committed !== undefined && target.value !== target.committed) return
    event.preventDefault()
    event.stopPropagation()
    this.form.step(isUndo ? "undo" : "redo")
  }
}
