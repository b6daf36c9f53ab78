// Watches one edit of the builder from the event that makes it, by the browser's own clock.
// Resolves to the milliseconds until the form has painted it, until it was sent, and until all of it has settled.
window.watchEdit = ({ event, key, shown, stands }) => {
  const form = document.querySelector(".bb-form").parentElement.benchtopForm
  const isShown = new Function("label", `return ${shown}`).bind(null, (text) => form.root.querySelector(`[aria-label="${text}"]`))
  const isStanding = new Function("schema", "rows", `return ${stands}`)
  const isIdle = () => document.querySelector('[data-testid="stApp"][data-test-script-state="notRunning"]') !== null
  const schema = () => {
    const code = document.querySelector('[class*="-panel"] [data-testid="stCode"] code')
    try {
      return JSON.parse(code.textContent.replaceAll("\u2060", ""))
    } catch {
      return null
    }
  }
  let started = null
  let before = null
  let painted = null
  let answered = null
  return new Promise((resolve, reject) => {
    const since = () => performance.now() - started
    const timer = setTimeout(() => finish(reject, new Error(`Not settled: ${JSON.stringify({ event, stands, started, painted, answered })}`)), 15000)
    const finish = (end, value) => {
      clearTimeout(timer)
      observer.disconnect()
      window.removeEventListener(event, begin, true)
      end(value)
    }
    const look = () => {
      if (started === null || form.sender.last === before || !form.sender.isSettled) return
      answered ??= since()
      if (painted === null || !isIdle()) return
      const found = schema()
      if (found && isStanding(found, form.view.rows)) finish(resolve, { painted, answered, settled: since() })
    }
    const paint = () => {
      if (!isShown()) return requestAnimationFrame(paint)
      // What is posted in a frame runs once the frame has been painted.
      const { port1, port2 } = new MessageChannel()
      port1.onmessage = () => {
        painted = since()
        look()
      }
      port2.postMessage(null)
    }
    const begin = (made) => {
      if (started !== null || (key && made.key !== key)) return
      started = made.timeStamp
      before = form.sender.last
      requestAnimationFrame(paint)
    }
    const observer = new MutationObserver(look)
    observer.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true })
    window.addEventListener(event, begin, true)
  })
}
