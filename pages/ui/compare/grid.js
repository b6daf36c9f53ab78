// Draws a table from plain data and touches only the cells that differ from what stands there. Every text is set as text.

const LONG = 160 // characters
const TICK = 100

function make(tag, className, text = "", title = "") {
  const element = document.createElement(tag)
  if (className) element.className = className
  if (text) element.textContent = text
  if (title) element.title = title
  return element
}

function makeLine(line) {
  const element = make("div", line.is_quiet ? "line quiet" : "line", line.text, line.title)
  const isLong = line.text.length > LONG || line.text.split("\n").length > 5
  if (!isLong) return [element]
  element.classList.add("long")
  const more = make("button", "press more", "More")
  more.type = "button"
  more.setAttribute("aria-expanded", "false")
  more.onclick = () => {
    const isOpen = element.classList.toggle("open")
    more.textContent = isOpen ? "Less" : "More"
    more.setAttribute("aria-expanded", String(isOpen))
  }
  return [element, more]
}

function makePress(press, name) {
  const element = make(press.href ? "a" : "button", "press", press.text, press.title)
  if (press.href) element.href = press.href
  else element.type = "button"
  if (press.act) element.dataset.act = press.act
  else element.target = "_blank"
  element.dataset.value = press.value
  element.setAttribute("aria-description", name)
  return element
}

function setClock(element, clock) {
  element.dataset.title = clock.title
  element.startedAt = performance.now() - clock.seconds * 1000
  showTime(element)
  return element
}

function makeSign() {
  const sign = make("span", "sign", "≠ ", "Differs from what most columns say")
  sign.role = "img"
  sign.ariaLabel = "differs"
  return sign
}

function showTime(element) {
  const seconds = Math.max(0, (performance.now() - element.startedAt) / 1000)
  const rest = String(Math.floor(seconds % 60)).padStart(2, "0")
  const said = seconds < 60 ? `${seconds.toFixed(1)} s` : `${Math.floor(seconds / 60)} min ${rest} s`
  element.textContent = `${element.dataset.title} · ${said}`
}

function fill(element, cell, name) {
  element.replaceChildren()
  element.className = `cell ${cell.mark} ${cell.align}`
  // What names a column or a row comes first, in other cells the badges do.
  const isName = element.tagName === "TH" && cell.lines.length > 0
  const lines = cell.lines.map(makeLine)
  if (cell.mark === "differs" && lines.length) lines[0][0].prepend(makeSign())
  if (isName) element.append(...lines.shift())
  if (cell.badges.length) {
    const badges = make("div", "badges")
    badges.append(...cell.badges.map((badge) => make("span", `badge ${badge.colour}`, badge.word, badge.title)))
    element.append(badges)
  }
  element.append(...lines.flat())
  if (cell.clock) element.append(setClock(make("div", "line quiet clock"), cell.clock))
  if (cell.presses.length) {
    const presses = make("div", "presses")
    presses.append(...cell.presses.map((press) => makePress(press, name)))
    element.append(presses)
  }
}

class Grid {
  constructor(place) {
    this.frame = make("div", "frame")
    this.frame.tabIndex = 0
    this.frame.role = "region"
    this.table = make("table", "")
    this.head = make("thead", "")
    this.body = make("tbody", "")
    this.table.append(this.head, this.body)
    this.frame.append(this.table)
    this.table.addEventListener("click", (event) => this.press(event))
    this.rows = new Map()
    place.append(this.frame)
  }

  take(component) {
    const { data } = component
    this.component = component
    this.ticking ??= setInterval(() => this.table.querySelectorAll(".clock").forEach(showTime), TICK)
    this.frame.ariaLabel = data.title
    this.table.className = data.look
    this.table.style.setProperty("--column-count", data.head.length - 1)
    this.headRow = this.drawRow(this.headRow, this.head, "head", data.head, true)
    const ids = new Set(data.rows.map((row) => row.id))
    for (const [id, drawn] of this.rows) {
      if (ids.has(id)) continue
      drawn.element.remove()
      this.rows.delete(id)
    }
    data.rows.forEach((row, index) => {
      const drawn = this.drawRow(this.rows.get(row.id), this.body, row.id, row.cells, false)
      this.rows.set(row.id, drawn)
      if (this.body.children[index] !== drawn.element) this.body.insertBefore(drawn.element, this.body.children[index])
    })
  }

  drawRow(known, parent, id, cells, isHead) {
    const drawn = known ?? { element: make("tr", ""), texts: [] }
    if (!known) {
      drawn.element.dataset.id = id
      parent.append(drawn.element)
    }
    while (drawn.element.children.length > cells.length) drawn.element.lastElementChild.remove()
    const name = cells[0]?.lines[0]?.text ?? ""
    cells.forEach((cell, index) => {
      // A clock that goes on changes nothing else: what is focused or being pressed beside it has to stay.
      const text = JSON.stringify({ ...cell, clock: Boolean(cell.clock) })
      let element = drawn.element.children[index]
      if (drawn.texts[index] === text && element) {
        if (cell.clock) setClock(element.querySelector(".clock"), cell.clock)
        return
      }
      if (!element) {
        element = make(isHead || index === 0 ? "th" : "td", "")
        element.scope = isHead ? "col" : "row"
        drawn.element.append(element)
      }
      const active = this.table.getRootNode().activeElement
      const place = [...element.querySelectorAll(".press")].indexOf(active)
      fill(element, cell, isHead ? cell.lines[0]?.text ?? "" : name)
      if (place >= 0) element.querySelectorAll(".press")[place]?.focus()
      drawn.texts[index] = text
    })
    drawn.texts.length = cells.length
    return drawn
  }

  press(event) {
    const pressed = event.target.closest("[data-act]")
    if (!pressed) return
    const isElsewhere = event.ctrlKey || event.metaKey || event.shiftKey
    if (pressed.href && isElsewhere) return // the browser opens it in a tab of its own
    event.preventDefault()
    const value = { act: pressed.dataset.act, value: pressed.dataset.value, at: Date.now() }
    this.component.setTriggerValue("pressed", value)
  }

  close() {
    clearInterval(this.ticking)
    this.ticking = undefined
  }
}

export default function (component) {
  const place = component.parentElement
  place.benchtopGrid ??= new Grid(place)
  place.benchtopGrid.take(component)
  return () => {
    place.benchtopGrid.close()
  }
}
