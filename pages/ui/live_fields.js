const WORDS = {pending: "pending", writing: "writing", filled: ""}

function make(tag, name, parent) {
  const element = document.createElement(tag)
  element.className = name
  parent.append(element)
  return element
}

function makeLine(list) {
  const row = make("div", "line", list)
  const term = make("dt", "name", row)
  const value = make("dd", "value", row)
  const text = make("span", "text", value)
  const state = make("span", "state", value)
  return {row, term, value, text, state, shown: ""}
}

// Only what differs is touched, so that nothing flickers and a text being selected stays selected.
function fill(line, data) {
  const shown = JSON.stringify(data)
  if (line.shown === shown) return
  line.shown = shown
  line.row.className = `line ${data.state} ${data.look}${data.is_title ? " title" : ""}`
  line.row.style.setProperty("--depth", data.depth)
  line.term.textContent = data.name
  line.term.title = [data.name, data.kind, data.hover].filter(Boolean).join(" · ")
  line.text.textContent = data.text
  line.text.hidden = !data.text
  line.state.textContent = data.is_title ? "" : WORDS[data.state]
  if (data.state === "writing") line.value.scrollTop = line.value.scrollHeight
  else line.value.scrollTop = 0
}

export default function ({ data, parentElement }) {
  const list = parentElement.querySelector("dl")
  const plain = parentElement.querySelector("pre")
  const lines = (parentElement.lines ??= [])
  while (lines.length < data.lines.length) lines.push(makeLine(list))
  while (lines.length > data.lines.length) lines.pop().row.remove()
  data.lines.forEach((line, index) => fill(lines[index], line))
  plain.hidden = !data.plain
  plain.textContent = data.plain
  plain.scrollTop = plain.scrollHeight
  parentElement.querySelector(".figures").textContent = data.figures
}
