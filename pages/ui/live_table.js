// Draws a list from plain data, reads it again when something changes, and touches only what differs. Every text is set
// as text.

const RECENT = 2000 // milliseconds
const AGAIN = 1000
const LONGEST_AGAIN = 10_000

function make(tag, className, text = "", title = "") {
  const element = document.createElement(tag)
  element.className = className
  if (text) element.textContent = text
  if (title) element.title = title
  return element
}

// A column without a title holds the buttons of the rows.
const cellStyle = (column) => (column.title ? `bt-${column.align}` : "bt-acts")

function makeCell(cell, column, name) {
  const element = make("div", `bt-cell ${cellStyle(column)}`)
  element.role = "cell"
  if (cell.badge) {
    element.append(make("span", `bt-badge bt-badge-${cell.badge.colour}`, cell.badge.word, cell.badge.title))
  }
  for (const line of cell.lines) {
    element.append(make("div", line.is_quiet ? "bt-line bt-quiet" : "bt-line", line.text, line.title))
  }
  if (cell.switch) element.append(makeSwitch(cell.switch, name))
  if (cell.presses.length) {
    const buttons = make("div", "bt-buttons")
    buttons.append(...cell.presses.map((press) => makeButton(press, name)))
    element.append(buttons)
  }
  return element
}

function makeButton(press, name) {
  const button = make("button", "bt-button", press.text, press.title)
  button.type = "button"
  button.disabled = press.is_disabled
  button.dataset.act = press.act
  button.setAttribute("aria-description", name)
  return button
}

function makeSwitch(data, name) {
  const box = make("input", "bt-switch")
  box.type = "checkbox"
  box.role = "switch"
  box.ariaLabel = data.label
  box.checked = data.is_on
  box.dataset.act = data.act
  box.setAttribute("aria-description", name)
  return box
}

function replaceCell(old, fresh) {
  const focused = old.contains(document.activeElement) ? document.activeElement.dataset.act : undefined
  old.replaceWith(fresh)
  if (focused) fresh.querySelector(`[data-act="${CSS.escape(focused)}"]`)?.focus()
}

class Table {
  constructor(place) {
    this.place = place
    this.rows = new Map()
    this.readAt = -Infinity
    this.again = AGAIN
    this.frame = make("div", "bt-frame")
    this.root = make("div", "bt-table")
    this.root.role = "table"
    this.frame.append(this.root)
    this.root.addEventListener("click", (event) => this.press(event))
    this.turn = { ask: () => this.reshape(), isAnswered: () => this.isGone || this.data.pages === this.pages }
    place.append(this.frame)
  }

  // A script that ran while something changed may have read its rows before that.
  take(component) {
    const { data } = component
    this.root.ariaLabel = data.title
    const columns = JSON.stringify(data.columns)
    this.component = component
    this.isGone = false
    this.data = data
    this.pages = data.pages
    if (this.columns !== columns) this.drawHead(data.columns)
    this.columns = columns
    this.draw(data.rows)
    this.join()
    if (performance.now() - this.readAt < RECENT) this.read(null)
  }

  drawHead(columns) {
    const widths = columns.filter((column) => column.title).map((column) => `minmax(0, ${column.share}fr)`)
    this.root.style.setProperty("--bt-columns", widths.join(" "))
    const head = make("div", "bt-head")
    head.role = "row"
    for (const column of columns) {
      const title = make("div", `bt-cell ${cellStyle(column)}`, column.title)
      title.role = "columnheader"
      head.append(title)
    }
    this.rows.clear()
    this.root.replaceChildren(head)
  }

  draw(rows) {
    const focused = this.root.contains(document.activeElement) ? document.activeElement : null
    const ids = new Set(rows.map((row) => row.id))
    for (const [id, drawn] of this.rows) {
      if (ids.has(id)) continue
      drawn.element.remove()
      this.rows.delete(id)
    }
    const isMany = rows.some((row) => row.cells.at(-1).presses.length > 1)
    this.root.classList.toggle("bt-many", isMany)
    let before = this.root.firstElementChild
    for (const row of rows) {
      const { element } = this.drawRow(row)
      if (before.nextElementSibling !== element) before.after(element)
      before = element
    }
    // A row that was moved has lost it.
    if (focused && focused.isConnected && document.activeElement !== focused) focused.focus({ preventScroll: true })
  }

  drawRow(row) {
    let drawn = this.rows.get(row.id)
    if (!drawn) {
      drawn = { element: make("div", `bt-row bt-row-${row.id}`), cells: [], note: "" }
      drawn.element.role = "row"
      drawn.element.dataset.id = row.id
      this.rows.set(row.id, drawn)
    }
    // What a screen reader says beside "Edit": of which thing.
    const name = row.cells.flatMap((cell) => cell.lines)[0]?.text ?? ""
    row.cells.forEach((cell, place) => {
      const text = JSON.stringify(cell) + (cell.switch || cell.presses.length ? name : "")
      if (drawn.cells[place] === text) return
      const fresh = makeCell(cell, this.data.columns[place], name)
      if (drawn.cells[place] === undefined) drawn.element.append(fresh)
      else replaceCell(drawn.element.children[place], fresh)
      drawn.cells[place] = text
    })
    if (drawn.note !== row.note) {
      drawn.element.querySelector(".bt-note")?.remove()
      if (row.note) drawn.element.append(make("div", "bt-note", row.note))
      drawn.note = row.note
    }
    return drawn
  }

  press(event) {
    const pressed = event.target.closest("[data-act]")
    if (!pressed) return
    const row = pressed.closest("[data-id]")
    const value = { act: pressed.dataset.act, id: row.dataset.id, at: Date.now() }
    if (pressed.type === "checkbox") {
      value.is_on = pressed.checked
      this.rows.get(row.dataset.id).cells.fill(null) // what was stored is drawn again, also if the switch was refused
    }
    this.component.setTriggerValue("pressed", value)
  }

  join() {
    const { topics, without, since } = this.data
    if (this.leave || this.isGone) return
    const listen = () => {
      if (this.isGone || this.leave) return
      this.leave = window.benchtopLive.listen({ topics, without, since, call: (changes) => this.read(changes) })
    }
    if (window.benchtopLive) listen()
    else window.addEventListener("benchtop-live", listen, { once: true })
  }

  // Tabs that ask for the state after the same event share one answer.
  async read(changes) {
    if (this.isReading) {
      this.late = changes
      return
    }
    this.isReading = true
    this.late = undefined
    if (changes !== null) this.readAt = performance.now()
    const asked = this.data.address
    const seq = changes?.length ? `&seq=${changes[changes.length - 1].seq}` : ""
    try {
      const answer = await fetch(asked + seq, { credentials: "same-origin" })
      const page = answer.ok ? await answer.json() : null
      if (asked !== this.data.address) this.late ??= null
      else if (!page) this.readAgain()
      else if (!this.isGone) this.show(page)
    } catch {
      this.readAgain()
    } finally {
      this.isReading = false
      if (this.late !== undefined && !this.isGone) this.read(this.late)
    }
  }

  readAgain() {
    clearTimeout(this.retry)
    this.retry = setTimeout(() => this.isGone || this.read(null), this.again)
    this.again = Math.min(this.again * 2, LONGEST_AGAIN)
  }

  show(page) {
    this.again = AGAIN
    clearTimeout(this.retry)
    this.draw(page.rows)
    this.pages = page.pages
    if (!this.turn.isAnswered()) window.benchtopLive.inTurn(this.turn)
  }

  reshape() {
    if (!this.isGone) this.component.setTriggerValue("reshaped", Date.now())
  }

  // Streamlit closes one that stays, too, when it was drawn again before it stood; then it is taken anew.
  close() {
    this.isGone = true
    clearTimeout(this.retry)
    if (this.leave) this.leave()
    this.leave = null
  }
}

export default function (component) {
  const place = component.parentElement
  place.benchtopTable ??= new Table(place)
  place.benchtopTable.take(component)
  return () => place.benchtopTable.close()
}
