// A control for each kind of thing that can be said of a field.

// `level` is how many lists stand around what the control belongs to; it finds the path again when fields have moved.
function makeControl(details, control, level) {
  const element = make("div", `bb-control bb-${control.kind}`)
  const made = { element, details, level, part: control.part, error: make("div", "bb-mark bb-error") }
  made.error.hidden = true
  made.send = (value) => details.form.changePart(details.node, level, control.part, value)
  const build = CONTROLS[control.kind] ?? CONTROLS.text
  build(made, control)
  element.append(made.error)
  const take = made.take
  made.take = (fresh) => {
    const held = details.node.held.get(`${level}|${control.part}`)
    made.error.hidden = !held
    made.error.textContent = held?.message ?? ""
    if (!held) take(fresh)
    else if (!made.isStanding) take({ ...fresh, value: held.value ?? fresh.value })
    made.isStanding = true
  }
  return made
}

function labelled(made, control, input) {
  const frame = make("label", "bb-label")
  frame.append(make("span", "bb-label-text", control.label), input)
  input.ariaLabel = control.label
  if (control.help) frame.title = control.help
  made.element.append(frame)
}

function textControl(made, control) {
  const input = textInput(control.label, control.placeholder ?? "")
  labelled(made, control, input)
  onTyped(input, (value) => made.send(value))
  made.take = (fresh) => setTyped(input, fresh.value ?? "")
}

function linesControl(made, control) {
  const input = make("textarea", "bb-input bb-lines")
  input.rows = 2
  input.placeholder = control.placeholder ?? ""
  labelled(made, control, input)
  onTyped(input, (value) => made.send(value))
  made.take = (fresh) => setTyped(input, fresh.value ?? "")
}

const SHORT_NUMERAL = /^-?\d+(\.\d+)?$/

// What JavaScript might round goes over as text, for the server to read; so does what is no number, to be refused there.
function readNumber(text) {
  const trimmed = text.trim()
  if (!trimmed) return null
  return SHORT_NUMERAL.test(trimmed) && trimmed.length <= 15 ? Number(trimmed) : trimmed
}

function numberControl(made, control) {
  const input = textInput(control.label, control.placeholder ?? "any")
  input.inputMode = "decimal"
  labelled(made, control, input)
  onTyped(input, (value) => made.send(readNumber(value)))
  made.take = (fresh) => setTyped(input, fresh.value === null ? "" : String(fresh.value))
}

function boundControl(made, control) {
  const input = textInput(control.label, control.placeholder ?? "any")
  input.inputMode = "decimal"
  labelled(made, control, input)
  const send = () => made.send({ value: readNumber(input.value), isExclusive: box.box.checked })
  const box = checkbox("not itself", false, () => input.value.trim() && send())
  box.title = "The limit itself is not allowed"
  box.box.ariaLabel = `${control.label}: not itself`
  onTyped(input, send)
  made.element.append(box)
  made.take = ({ value }) => {
    setTyped(input, value.value === null ? "" : String(value.value))
    if (value.value !== null) box.box.checked = value.isExclusive
  }
}

function flagControl(made, control) {
  const box = checkbox(control.label, false, (isOn) => made.send(isOn))
  if (control.help) box.title = control.help
  made.element.append(box)
  made.take = (fresh) => {
    box.box.checked = Boolean(fresh.value)
  }
}

// A list of values with a button that adds one; `makeLine` makes the inputs of one and returns how it is read.
function listControl(made, control, { noun, blank, makeLine }) {
  const frame = make("div", "bb-list")
  frame.append(make("div", "bb-label-text", control.label))
  const lines = make("div", "bb-list-lines")
  let held = []
  const read = () => held.map((line) => line.read())
  // What was sent last is known here already: the answer to it must not disturb the line that is being typed by then.
  const send = () => {
    const values = read()
    made.late = null
    const isTaken = made.send(values)
    if (isTaken) made.state = marked(values)
    return isTaken
  }
  const draw = (values) => {
    held = values.map((value, place) => {
      const line = makeLine(value, { send, place, number: place + 1, add: () => add(place + 1) })
      const away = iconButton("close", `Remove ${noun} ${place + 1}`, () => {
        draw(read().filter((_, other) => other !== place))
        send()
      })
      line.element.append(away)
      return line
    })
    lines.replaceChildren(...held.map((line) => line.element))
  }
  const add = (place = held.length) => {
    const values = read()
    values.splice(place, 0, blank)
    draw(values)
    held[place].focus()
  }
  frame.append(lines, textButton(`Add ${noun}`, "add", () => add()))
  made.element.append(frame)
  frame.addEventListener("input", () => {
    frame.isTouched = true
  })
  frame.addEventListener("focusout", (event) => {
    if (frame.contains(event.relatedTarget)) return
    frame.isTouched = false
    if (made.late) made.take(made.late)
  })
  made.take = (fresh) => {
    const state = marked(fresh.value)
    made.late = null
    if (state === made.state) return
    if (frame.isTouched && frame.contains(document.activeElement)) {
      made.late = fresh
      return
    }
    made.state = state
    draw(fresh.value)
  }
}

const isFilled = (value) => (typeof value === "string" ? value : value.text) !== ""
const marked = (values) => JSON.stringify(values.filter(isFilled))

function choicesControl(made, control) {
  listControl(made, control, {
    noun: "choice",
    blank: { text: "", isJson: false, note: "" },
    makeLine(value, { send, number, add }) {
      const element = make("div", "bb-list-line")
      const text = textInput(`Choice ${number}`, "Choice")
      const note = textInput(`Note of choice ${number}`, "What it means (optional)")
      const isJson = make("select", "bb-select bb-json")
      isJson.append(new Option("text", ""), new Option("JSON", "1"))
      isJson.ariaLabel = `Choice ${number} is`
      setTyped(text, value.text)
      setTyped(note, value.note)
      isJson.value = value.isJson ? "1" : ""
      onTyped(text, send)
      onTyped(note, send)
      isJson.addEventListener("change", send)
      onEnter([text, note], add)
      element.append(text, note, isJson)
      const read = () => ({ text: typedIn(text), isJson: isJson.value === "1", note: typedIn(note) })
      return { element, read, focus: () => text.focus() }
    },
  })
}

function examplesControl(made, control) {
  listControl(made, control, {
    noun: "example",
    blank: "",
    makeLine(value, { send, number, add }) {
      const element = make("div", "bb-list-line")
      const text = textInput(`Example ${number}`, "A value, as JSON or as text")
      setTyped(text, value)
      onTyped(text, send)
      onEnter([text], add)
      element.append(text)
      return { element, read: () => typedIn(text), focus: () => text.focus() }
    },
  })
}

function onEnter(inputs, act) {
  for (const input of inputs) {
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing) return
      event.preventDefault()
      input.flush()
      act()
    })
  }
}

const CONTROLS = {
  text: textControl,
  lines: linesControl,
  json: textControl,
  constant: textControl,
  number: numberControl,
  count: numberControl,
  bound: boundControl,
  flag: flagControl,
  choices: choicesControl,
  jsons: examplesControl,
}
