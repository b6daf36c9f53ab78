"""What the history's grid does in the browser. The grid's wrapper joins a function to one line: no line comments, and
every statement ends with a semicolon.
"""

FETCH = """
function(params) {
  const view = %s;
  const memory = window.benchtopRows = window.benchtopRows || {view: view, order: "", round: 0, cursors: {}};
  if (memory.view !== view) {
    memory.view = view;
    const grid = window.benchtopGrid;
    if (grid && grid.getSelectedNodes().length) grid.deselectAll();
  }
  const sorted = params.sortModel[0] || {colId: "", sort: "desc"};
  const order = sorted.colId + " " + sorted.sort;
  if (memory.order !== order || params.startRow === 0) { memory.order = order; memory.round += 1; memory.cursors = {}; }
  const round = memory.round;
  const query = new URLSearchParams(%s);
  query.set("start", params.startRow);
  query.set("end", params.endRow);
  if (sorted.colId) { query.set("sort", (%s)[sorted.colId]); query.set("order", sorted.sort); }
  const cursor = memory.cursors[params.startRow];
  if (cursor) query.set("cursor", cursor);
  fetch("%s?" + query.toString(), {credentials: "same-origin"})
    .then((answer) => answer.ok ? answer.json() : Promise.reject(answer.status))
    .then((block) => {
      if (memory.round === round && block.cursor) memory.cursors[params.endRow] = block.cursor;
      const end = params.startRow + block.rows.length;
      const last = block.cursor ? (block.is_exact ? block.total : -1) : end;
      params.successCallback(block.rows, last);
    })
    .catch(() => { params.failCallback(); setTimeout(() => window.benchtopGrid.refreshInfiniteCache(), 2000); });
}
"""
"""Reads a block: after the cursor behind the block before it, where that was read since the last look at the first
block, else by its number. In another view nothing is chosen. Takes the view and its query, as JSON, the names of the
sorts by column, and the path of the route."""

FOLLOW = """
function(event) {
  const grid = window.benchtopGrid = event.api;
  const update = grid.updateGridOptions.bind(grid);
  grid.updateGridOptions = (options) => { if (!("theme" in options) || options.theme) update(options); };
  let leave = null;
  const refresh = () => {
    if (window.frameElement && window.frameElement.isConnected) {
      const memory = window.benchtopRows;
      if (memory) { memory.round += 1; memory.cursors = {}; }
      event.api.refreshInfiniteCache();
    } else if (leave) leave();
  };
  const join = () => {
    leave = window.parent.benchtopLive.listen({topics: ["runs"], without: %s, pace: %d, call: refresh});
  };
  window.addEventListener("pagehide", () => { if (leave) leave(); });
  if (window.parent.benchtopLive) join();
  else window.parent.addEventListener("benchtop-live", join, {once: true});
}
"""
"""Keeps the grid's theme when that of the page changes, for which the wrapper gives it none. Then
joins the hub of live_hub.js, in the window around the grid's own; it may come after the grid. Takes the events that
change nothing, as JSON, and the milliseconds between two looks."""

FIT = """
function(event) {
  const least = %s;
  const shown = [];
  const hidden = [];
  for (const name of Object.keys(least)) (event.clientWidth >= least[name] ? shown : hidden).push(name);
  event.api.setColumnsVisible(shown, true);
  event.api.setColumnsVisible(hidden, false);
}
"""
"""Shows less important columns only where there is room. Takes the width from which each is shown, as JSON."""

ANSWER = """
function({streamlitRerunEventTriggerName, eventData}) {
  const chosen = eventData.api.getSelectedNodes().filter((node) => node.data).slice(0, %d);
  const isOpening = streamlitRerunEventTriggerName !== "selectionChanged";
  return {
    opened: (isOpening && eventData.data && eventData.data.id) || "",
    at: Date.now(),
    view: (window.benchtopRows && window.benchtopRows.view) || "",
    chosen: chosen.map((node) => ({id: node.data.id, task_id: node.data.task_id}))
  };
}
"""
"""What the page hears: the run that was opened, and those that are chosen; at most so many."""

IS_NEWS = """
function({streamlitRerunEventTriggerName, eventData}) {
  if (streamlitRerunEventTriggerName === "selectionChanged") return true;
  const pressed = eventData && eventData.event;
  if (streamlitRerunEventTriggerName === "cellKeyDown") return Boolean(pressed && pressed.key === "Enter");
  const place = pressed && pressed.target;
  return !(place && place.closest(".ag-selection-checkbox, [col-id='ag-Grid-SelectionColumn']"));
}
"""
"""Whether the page hears of it: a box that was ticked does not open its run."""
