// Small pieces of the page. Every text is set as text.

function make(tag, className, text = "") {
  const element = document.createElement(tag)
  if (className) element.className = className
  if (text) element.textContent = text
  return element
}

function icon(name) {
  const element = make("span", "bb-icon", name)
  element.ariaHidden = "true"
  return element
}

function iconButton(name, said, act) {
  const button = make("button", "bb-icon-button")
  button.type = "button"
  button.append(icon(name))
  say(button, said)
  if (act) button.addEventListener("click", act)
  return button
}

function textButton(text, name, act) {
  const button = make("button", "bb-button")
  button.type = "button"
  if (name) button.append(icon(name))
  const words = make("span", "", text)
  button.append(words)
  button.words = words
  button.addEventListener("click", act)
  return button
}

function say(element, words) {
  if (element.title !== words) element.title = words
  if (element.ariaLabel !== words) element.ariaLabel = words
}

function textInput(said, placeholder) {
  const input = make("input", "bb-input")
  input.type = "text"
  input.ariaLabel = said
  input.placeholder = placeholder
  input.spellcheck = false
  input.autocomplete = "off"
  return input
}

// One line that grows with its text; Enter hands it over, with Shift it begins another line.
function textLines(said, placeholder) {
  const input = make("textarea", "bb-input bb-growing")
  input.rows = 1
  input.ariaLabel = said
  input.placeholder = placeholder
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return
    event.preventDefault()
    input.flush()
  })
  return input
}

function checkbox(words, isOn, act) {
  const frame = make("label", "bb-check")
  const box = make("input")
  box.type = "checkbox"
  box.checked = isOn
  box.addEventListener("change", () => act(box.checked))
  frame.append(box, make("span", "", words))
  frame.box = box
  return frame
}

function place(parent, elements) {
  let before = null
  for (const element of elements) {
    const wanted = before ? before.nextElementSibling : parent.firstElementChild
    if (wanted !== element) parent.insertBefore(element, wanted)
    before = element
  }
  while (before ? before.nextElementSibling : parent.firstElementChild) {
    parent.removeChild(before ? before.nextElementSibling : parent.firstElementChild)
  }
}
