// Numbered edits on their way: each message carries all that the server has not said it took, so none can be lost.

class Sender {
  constructor(send) {
    this.sendNow = send
    this.edits = []
    this.last = 0
  }

  push(edit) {
    this.last += 1
    this.edits = [...this.edits, { n: this.last, ...edit }]
    if (this.isPlanned) return
    this.isPlanned = true
    queueMicrotask(() => {
      this.isPlanned = false
      this.sendNow(this.edits)
    })
  }

  settle(applied) {
    this.last = Math.max(this.last, applied)
    this.edits = this.edits.filter((edit) => edit.n > applied)
  }

  get isSettled() {
    return this.edits.length === 0
  }
}

const TYPING_PAUSE = 350 // milliseconds

// Hands over what is typed after a pause and when the field is left; what cannot be taken just now is offered again.
function onTyped(input, commit) {
  input.committed = input.value
  const plan = () => {
    clearTimeout(input.pause)
    input.pause = setTimeout(input.flush, TYPING_PAUSE)
  }
  input.flush = () => {
    clearTimeout(input.pause)
    if (input.value === input.committed) return
    input.late = undefined // what came before this was typed
    input.isWaiting = commit(typedIn(input)) === false
    if (input.isWaiting) plan()
    else input.committed = input.value
  }
  input.addEventListener("input", () => {
    input.isTouched = true
    plan()
  })
  input.addEventListener("change", input.flush)
  input.addEventListener("blur", () => {
    const isKnown = input.value === input.committed
    input.flush()
    input.isTouched = false
    if (isKnown && input.late !== undefined) setTyped(input, input.late)
  })
}

// Whoever is typing is not interrupted by the tidy form of what they have typed so far: 1.5 begins with "1.".
function setTyped(input, value) {
  input.late = value
  const isBusy = input.isWaiting || (input === document.activeElement && (input.isTouched || input.value !== input.committed))
  if (isBusy) return
  // An input of one line shows a text of several without its line breaks; untouched it still stands for all of them.
  if (input.given !== value || input.value !== input.shown) input.value = value
  input.given = value
  input.shown = input.value
  input.committed = input.value
}

const typedIn = (input) => (input.value === input.shown ? input.given : input.value)
