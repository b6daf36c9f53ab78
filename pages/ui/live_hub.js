// One hub per tab: hears on /ws what changed and calls the parts of the page that asked to know. Events are hints: who
// is called reads again.

const SOON = 100 // milliseconds between two calls of one listener that asks for no other pace
const LOOK_AGAIN = 60_000 // also without an event: times on the screen grow old
const LOOK_ALONE = 10_000 // while the socket is gone
const TURN = 20 // between two looks whether a rerun is over
const PATIENCE = 3_000 // a rerun that has neither begun nor drawn anything by then may be lost
const MOST_PATIENCE = 30_000
const RENEW = 3_000 // between two times a page that is too old is asked for
const MOST_RENEWALS = 10
const PAUSED_AFTER = 2_000
const PING = 15_000
const ANSWER = 5_000
const FIRST_DELAY = 500
const LONGEST_DELAY = 5_000
const FAREWELL = 3_000 // between a page that goes and the one that comes nobody listens

function makeHub() {
  const listeners = new Set()
  const watchers = new Set()
  let socket = null
  let subscribed = new Set()
  let seq = null // everything up to here was heard
  let delay = FIRST_DELAY
  let heardAt = 0
  let lookedAt = Date.now()
  let isPaused = false
  let retryTimer, pauseTimer, farewellTimer, pingTimer

  const isOpen = () => socket !== null && socket.readyState === WebSocket.OPEN
  const say = (message) => socket.send(JSON.stringify(message))
  const wantedTopics = () => [...new Set([...listeners].flatMap((listener) => listener.topics))]

  const pause = (now) => {
    clearTimeout(pauseTimer)
    pauseTimer = undefined
    isPaused = now
    tellWatchers()
  }
  const tellWatchers = () => watchers.forEach((tell) => tell(isPaused, isOld() && isUsed))

  const call = (listener) => {
    clearTimeout(listener.timer)
    const changes = listener.changes
    Object.assign(listener, { timer: undefined, changes: [], calledAt: performance.now() })
    listener.call(changes)
  }
  const callSoon = (listener) => {
    const wait = listener.calledAt + listener.pace - performance.now()
    if (wait <= 0) call(listener)
    else listener.timer ??= setTimeout(call, wait, listener)
  }
  const callAll = () => {
    lookedAt = Date.now()
    for (const listener of listeners) {
      listener.changes = null
      callSoon(listener)
    }
  }

  const hear = (event) => {
    if (event.topic !== "system") {
      seq = Math.max(seq ?? 0, event.seq)
      for (const listener of listeners) if (isFor(listener, event)) note(listener, event)
    } else if (event.event === "resync") {
      seq = event.seq
      callAll()
    } else if (event.event === "pong") {
      process = event.data.process
      renew()
    }
  }
  const isFor = (listener, event) =>
    event.seq > (listener.since ?? 0) &&
    listener.topics.includes(event.topic) &&
    (!listener.id || listener.id === event.data.id) &&
    !listener.without.includes(event.event)
  const note = (listener, event) => {
    listener.changes?.push(event)
    callSoon(listener)
  }

  const connect = () => {
    clearTimeout(retryTimer)
    if (socket !== null || listeners.size === 0) return
    const address = new URL("/ws", location.href)
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:"
    const mine = (socket = new WebSocket(address))
    if (!isPaused) pauseTimer ??= setTimeout(pause, PAUSED_AFTER, true)
    mine.onopen = () => {
      delay = FIRST_DELAY
      heardAt = Date.now()
      pingTimer = setInterval(ping, PING, mine)
      subscribed = new Set(wantedTopics())
      say({ action: "subscribe", topics: [...subscribed], seq })
      say({ action: "ping" })
      pause(false)
    }
    mine.onmessage = (message) => {
      heardAt = Date.now()
      hear(JSON.parse(message.data))
    }
    mine.onclose = () => lose(mine)
  }
  const ping = (mine) => {
    const askedAt = Date.now()
    say({ action: "ping" })
    setTimeout(() => heardAt < askedAt && lose(mine), ANSWER)
  }
  const lose = (mine) => {
    if (socket !== mine) return
    mine.onmessage = mine.onclose = null
    mine.close()
    clearInterval(pingTimer)
    socket = null
    if (listeners.size === 0) return
    pauseTimer ??= isPaused ? undefined : setTimeout(pause, PAUSED_AFTER, true)
    retryTimer = setTimeout(connect, delay * (0.75 + Math.random() / 2))
    delay = Math.min(delay * 2, LONGEST_DELAY)
  }

  // A hidden tab looks when it is seen again.
  const look = () => {
    if (document.hidden || listeners.size === 0) return
    if (Date.now() - lookedAt >= (isPaused ? LOOK_ALONE : LOOK_AGAIN)) callAll()
  }
  setInterval(look, 1000)
  document.addEventListener("visibilitychange", look)
  window.addEventListener("online", connect)

  const settle = () => {
    if (listeners.size === 0) {
      const last = socket
      pause(false)
      if (last !== null) lose(last)
      return
    }
    const wanted = wantedTopics()
    const topics = [...subscribed].filter((topic) => !wanted.includes(topic))
    subscribed = new Set(wanted)
    if (isOpen() && topics.length) say({ action: "unsubscribe", topics })
  }

  // Calls `call(changes)` for what happens after the event number `since`, or from now on: with the events, or with null
  // when everything may have changed. Returns the function that ends it.
  const listen = ({ topics, call, since = null, id = null, without = [], pace = SOON }) => {
    const listener = { topics, call, since, id, without, pace, changes: [], calledAt: -Infinity, timer: undefined }
    listeners.add(listener)
    if (isOpen()) {
      topics.forEach((topic) => subscribed.add(topic))
      say({ action: "subscribe", topics, seq: since })
    } else {
      if (since !== null) seq = Math.min(seq ?? since, since)
      connect()
    }
    return () => {
      listeners.delete(listener)
      clearTimeout(listener.timer)
      clearTimeout(farewellTimer)
      farewellTimer = setTimeout(settle, FAREWELL)
    }
  }
  const watch = (tell) => {
    watchers.add(tell)
    tell(isPaused, isOld() && isUsed)
    return () => watchers.delete(tell)
  }

  // A turn is `{ask, isAnswered}`: it asks for a rerun, and says whether something was drawn since. Streamlit sends what
  // is asked for at once as one message, which names one fragment; and a message may get lost on the way. So the turns
  // wait for each other, and one that was not answered asks again: behind those that wait, then after longer and longer
  // pauses, at once when there is news.
  const waiting = []
  let isTaken = false
  const readApp = () => document.querySelector('[data-testid="stApp"]')?.dataset ?? {}
  const isRunning = () => readApp().testScriptState !== "notRunning"
  const watchTurn = (turn, since) => {
    const waited = performance.now() - since
    if (turn.isAnswered() && !isRunning()) nextTurn()
    else if (waited <= (isRunning() ? MOST_PATIENCE : PATIENCE)) setTimeout(watchTurn, TURN, turn, since)
    else {
      if (!turn.isAnswered()) askAgain(turn)
      nextTurn()
    }
  }
  const askAgain = (turn) => {
    if (waiting.includes(turn)) return
    turn.timer = setTimeout(() => turn.isAnswered() || takeTurn(turn), turn.pause)
    turn.pause = Math.min(Math.max(turn.pause * 2, PATIENCE), MOST_PATIENCE)
  }
  const isConnected = () => readApp().testConnectionState === "CONNECTED"
  const nextTurn = () => {
    isTaken = waiting.length > 0
    if (!isTaken) return
    if (!isConnected()) return void setTimeout(nextTurn, TURN) // what is asked now would be lost
    const turn = waiting.shift()
    turn.ask()
    watchTurn(turn, performance.now())
  }
  const takeTurn = (turn) => {
    if (!waiting.includes(turn)) waiting.push(turn)
    if (!isTaken) nextTurn()
  }
  const inTurn = (turn) => {
    clearTimeout(turn.timer)
    turn.pause = 0
    takeTurn(turn)
  }

  // A server that was started anew knows nothing of the page: what is pressed on it is lost. It is drawn once more by
  // itself, unless somebody used it: then what they did so far would be lost.
  let drawn = null // by which process, at which address, and how to have it drawn again
  let process = null // that answers on the socket
  let isUsed = false
  let renewals = 0
  let renewTimer
  const use = (event) => {
    isUsed ||= Boolean(event.target.closest?.('[data-testid="stMain"], [role="dialog"], dialog'))
  }
  for (const kind of ["input", "click"]) window.addEventListener(kind, use, true)
  const isOld = () => drawn !== null && process !== null && drawn.process !== process
  const renew = () => {
    clearTimeout(renewTimer)
    tellWatchers()
    if (!isOld() || isUsed) return
    if (isConnected() && !isRunning() && renewals < MOST_RENEWALS) {
      renewals += 1
      drawn.redraw()
    }
    renewTimer = setTimeout(renew, RENEW)
  }
  const noteDrawn = (by) => {
    if (drawn?.path !== by.path || drawn.process !== by.process) {
      isUsed = false
      renewals = 0
    }
    drawn = by
    renew()
  }
  return { listen, watch, inTurn, noteDrawn }
}

const PAUSED = "Live updates paused. Looking again every 10 s."
const STARTED_ANEW = "Benchtop was started anew. Reload this page to go on."

// Says under the title of the page that the socket is gone or the page too old, and nothing while all is well.
export default function ({ data, parentElement, setTriggerValue }) {
  if (!window.benchtopLive) {
    window.benchtopLive = makeHub()
    window.dispatchEvent(new Event("benchtop-live"))
  }
  const line = parentElement.querySelector("p")
  parentElement.stopWatching?.()
  parentElement.stopWatching = window.benchtopLive.watch((isPaused, isTooOld) => {
    line.textContent = isTooOld ? STARTED_ANEW : isPaused ? PAUSED : ""
  })
  const redraw = () => setTriggerValue("redraw", Date.now())
  window.benchtopLive.noteDrawn({ process: data.process, path: location.pathname, redraw })
  return () => parentElement.stopWatching()
}
