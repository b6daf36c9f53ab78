function make(tag, name, parent, text) {
  const element = document.createElement(tag)
  element.className = name
  if (text) element.textContent = text
  parent.append(element)
  return element
}

const percent = (share) => `${share * 100}%`

function draw(bar, list) {
  const line = make("li", bar.colour, list)
  line.title = bar.hover
  make("span", "name", line, bar.title)
  make("span", "status", line, bar.status)
  const track = make("span", "track", line)
  const whole = make("span", "whole", track)
  whole.style.marginLeft = percent(bar.start)
  whole.style.width = percent(bar.wait + bar.write)
  const wait = make("span", "wait", whole)
  const write = make("span", "write", whole)
  wait.style.flexGrow = bar.wait
  write.style.flexGrow = bar.write
  make("span", "took", line, bar.said)
}

export default function ({ data, parentElement }) {
  const list = parentElement.querySelector("ol")
  list.replaceChildren()
  data.bars.forEach((bar) => draw(bar, list))
  const isWritten = data.bars.some((bar) => bar.write > 0)
  const scale = parentElement.querySelector(".scale")
  scale.textContent = isWritten ? "Pale: waiting for the first token. Full: the answer being written." : ""
  scale.hidden = !isWritten
}
