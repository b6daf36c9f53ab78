// What a field can be, in one list: a type, a definition, or a list of either.

function kindOf(row) {
  const item = row.items.at(-1)
  const depth = row.items.length
  const end = item ?? row
  return { depth, kind: end.target ? `to:${end.target}` : end.type }
}

const valueOf = ({ depth, kind }) => `${depth}|${kind}`

function wordsOf({ depth, kind }, words) {
  const end = kind.startsWith("to:") ? kind.slice(3) : words.get(kind) ?? kind
  return "list of ".repeat(depth) + end
}

function option(kind, words) {
  const element = document.createElement("option")
  element.value = valueOf(kind)
  element.textContent = wordsOf(kind, words)
  return element
}

function group(label, kinds, words) {
  const element = document.createElement("optgroup")
  element.label = label
  element.append(...kinds.map((kind) => option(kind, words)))
  return element
}

// `words` maps the types a person can choose to what they are called.
function fillKinds(select, row, { words, definitions, mark, isLazy }) {
  const present = kindOf(row)
  const state = `${valueOf(present)} ${mark}`
  if (select.state !== state && isLazy && select !== document.activeElement) {
    // Thousands of such lists are more than a browser draws in time: the rest comes when it is used.
    select.replaceChildren(option(present, words))
    select.state = ""
  } else if (select.state !== state) {
    const one = [...words.keys()].map((kind) => ({ depth: 0, kind }))
    const defined = definitions.map((name) => ({ depth: 0, kind: `to:${name}` }))
    const lists = [...one, ...defined].map(({ kind }) => ({ depth: 1, kind }))
    const nested = lists.map(({ kind }) => ({ depth: 2, kind }))
    lists.push({ depth: 1, kind: "anything" })
    const values = new Set([...one, ...defined, ...lists, ...nested].map(valueOf))
    const odd = values.has(valueOf(present)) ? [] : [option(present, words)]
    const groups = [...odd, group("One value", one, words)]
    if (defined.length) groups.push(group("Definition", defined, words))
    groups.push(group("List", lists, words), group("List of lists", nested, words))
    select.replaceChildren(...groups)
    select.state = state
  }
  if (select.value !== valueOf(present)) select.value = valueOf(present)
}

// Returns what the server is told of a choice in the list; `depth` lists stand around the type, null is anything.
function readKind(value) {
  const [depth, kind] = value.split(/\|(.*)/s)
  const isTarget = kind.startsWith("to:")
  const type = isTarget ? "reference" : kind === "anything" ? null : kind
  return { depth: Number(depth), type, target: isTarget ? kind.slice(3) : null }
}
