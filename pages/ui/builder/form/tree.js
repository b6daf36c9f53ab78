// The fields as this browser knows them: a tree that shows each edit at once, and takes the server's answer when it comes.

let lastUid = 0

class FieldNode {
  constructor(row, parent) {
    this.uid = ++lastUid
    this.row = row
    this.parent = parent
    this.children = []
    this.isOpen = true
    // What was typed and refused, by part: it stays in sight until it is mended.
    this.held = new Map()
  }

  get index() {
    return this.parent.children.indexOf(this)
  }

  get depth() {
    return this.parent && this.parent.parent ? this.parent.depth + 1 : 0
  }

  isInside(other) {
    for (let node = this; node; node = node.parent) if (node === other) return true
    return false
  }
}

const keyOf = (path) => JSON.stringify(path)
const samePath = (one, other) => Boolean(one && other) && keyOf(one) === keyOf(other)

function blankRow(kind) {
  return {
    id: 0, path: [], depth: 0, kind, name: "", required: true, type: "string", title: "", description: "", items: [],
    inside: [], holds: null, target: null, badges: [], uses: 0, marks: [],
  }
}

class FieldTree {
  constructor() {
    this.root = new FieldNode({ ...blankRow("root"), holds: "fields" }, null)
    this.definitions = new FieldNode(blankRow("definitions"), null)
  }

  // A path is worked out from where a node stands now, so an edit is addressed as the server will have it by then.
  pathOf(node) {
    if (node === this.root) return []
    if (node.parent === this.definitions) return ["$defs", node.index]
    return [...this.holderPath(node.parent), node.index]
  }

  holderPath(node) {
    return [...this.pathOf(node), ...node.row.inside]
  }

  holds(node) {
    if (node === this.root || node === this.definitions) return true
    return Boolean(node.parent) && node.index >= 0 && this.holds(node.parent)
  }

  find(path) {
    if (!path.length) return this.root
    for (const node of this.walk()) if (samePath(this.pathOf(node), path)) return node
    return null
  }

  *walk(from) {
    for (const top of from ? [from] : [this.root, this.definitions]) {
      for (const child of top.children) {
        yield child
        yield* this.walk(child)
      }
    }
  }

  take(view) {
    const known = this.recognise(view.rows)
    this.root.row = { ...this.root.row, inside: view.rootInside, holds: view.rootHolds }
    this.root.children = []
    this.definitions.children = []
    const last = []
    for (const row of view.rows) {
      const node = known.get(row) ?? new FieldNode(row, null)
      const top = row.kind === "definition" ? this.definitions : this.root
      node.row = row
      node.children = []
      node.parent = row.depth ? last[row.depth - 1] : top
      node.parent.children.push(node)
      last[row.depth] = node
    }
  }

  // A row is the field it was by its number, wherever it stands now; else, if it was edited, by its place.
  recognise(rows) {
    const byPlace = new Map()
    this.collect(this.root, [], byPlace)
    this.collect(this.definitions, ["$defs"], byPlace)
    const byId = new Map()
    for (const node of byPlace.values()) {
      if (node.row.id) byId.set(node.row.id, [...(byId.get(node.row.id) ?? []), node])
    }
    const known = new Map()
    const taken = new Set()
    const claim = (row, node) => {
      if (!node || taken.has(node) || node.row.kind !== row.kind) return
      known.set(row, node)
      taken.add(node)
    }
    for (const row of rows) claim(row, byId.get(row.id)?.shift())
    for (const row of rows) if (!known.has(row)) claim(row, byPlace.get(keyOf(row.path)))
    return known
  }

  collect(node, path, known) {
    node.children.forEach((child, index) => {
      const place = [...path, index]
      known.set(keyOf(place), child)
      this.collect(child, [...place, ...child.row.inside], known)
    })
  }

  insert(node, parent, index) {
    node.parent = parent
    parent.children.splice(index, 0, node)
  }

  remove(node) {
    node.parent.children.splice(node.index, 1)
  }

  // `index` counts as things stand before the move.
  put(node, parent, index) {
    const place = node.parent === parent && node.index < index ? index - 1 : index
    this.remove(node)
    this.insert(node, parent, place)
  }

  copy(node, parent) {
    const twin = new FieldNode({ ...node.row, id: 0 }, parent)
    twin.children = node.children.map((child) => this.copy(child, twin))
    return twin
  }

  // The nearest object before it among its siblings, which is where "move into" leads.
  holderBefore(node) {
    const before = node.parent.children.slice(0, node.index).reverse()
    return node.row.kind === "field" ? before.find((sibling) => sibling.row.holds === "fields") : undefined
  }

  // What stands in the next object outside and holds the node; it is moved out to stand behind that.
  branchOutside(node) {
    if (node.row.kind !== "field") return null
    for (let branch = node.parent; branch && branch.parent && branch.parent !== this.definitions; branch = branch.parent) {
      if (branch.parent.row.holds === "fields") return branch
    }
    return null
  }
}
