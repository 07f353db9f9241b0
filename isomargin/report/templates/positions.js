// ---- Positions: filters, lives, and the way from a plot to the rows it stands for and back.

const told = JSON.parse(document.getElementById("position-data").textContent);
const positionTable = document.getElementById("positions-table");
const filters = document.getElementById("filters");
const byId = (id) => document.getElementById(id);
let group = null; // the name of the group that a plot has chosen, and where its reader came from
let cameFrom = null;

const hasGroup = (name) => name in told.groups && positionTable !== null;
const plural = (number, name) => `${number.toLocaleString("en")} ${name}${number === 1 ? "" : "s"}`;

function isWanted(row, wanted, chosen) {
  const id = row.id.slice("position-".length);
  const words = `${id} ${row.cells[1].textContent} ${row.dataset.owner}`.toLowerCase();
  return (
    (!chosen || chosen.has(Number(id))) &&
    (!wanted.side || row.cells[2].textContent === wanted.side) &&
    (!wanted.outcome || row.dataset.outcome === wanted.outcome) &&
    (!wanted.bankrupt || "bankrupt" in row.dataset) &&
    wanted.words.every((word) => words.includes(word))
  );
}

function filterPositions() {
  const wanted = {
    words: byId("filter-text").value.toLowerCase().split(/\s+/).filter(Boolean),
    side: byId("filter-side").value,
    outcome: byId("filter-outcome").value,
    bankrupt: byId("filter-bankrupt").checked,
  };
  const chosen = group && new Set(told.groups[group].ids);
  const rows = rowsOf(positionTable);
  let shown = 0;
  for (const row of rows) {
    const wantedNow = isWanted(row, wanted, chosen);
    for (const each of withStory(row)) each.hidden = !wantedNow;
    shown += wantedNow;
  }
  keepOneStop();
  sayHowMany(shown, rows.length);
}

// The table is one stop of the Tab key; the arrow keys go from row to row.
const lifeButtons = () => Array.from(positionTable.querySelectorAll("tr:not([hidden]) > td > button.life"));

function keepOneStop(wanted) {
  const buttons = lifeButtons();
  const stop = buttons.includes(wanted) ? wanted : buttons.find((button) => button.tabIndex === 0) || buttons[0];
  for (const button of positionTable.querySelectorAll("button.life")) button.tabIndex = button === stop ? 0 : -1;
}

function goToRow(event) {
  const button = event.target.closest("button.life");
  if (!button) return;
  const buttons = lifeButtons();
  const place = buttons.indexOf(button);
  const next = { ArrowDown: place + 1, ArrowUp: place - 1, Home: 0, End: buttons.length - 1 }[event.key];
  if (next === undefined || !buttons[next]) return;
  event.preventDefault();
  keepOneStop(buttons[next]);
  buttons[next].focus();
}

function sayHowMany(shown, all) {
  const status = byId("positions-shown");
  status.textContent = shown === all ? `All ${plural(all, "position")} shown.` : `${shown.toLocaleString("en")} of ${plural(all, "position")} shown.`;
  if (!group) return;
  const { label, more } = told.groups[group];
  const beyond = more ? `; ${more.toLocaleString("en")} more ${more === 1 ? "is" : "are"} not in this table` : "";
  status.textContent = `${shown.toLocaleString("en")} of ${plural(all, "position")} shown: ${label}${beyond}. `;
  const clear = Object.assign(document.createElement("button"), { type: "button", textContent: "Show all" });
  clear.addEventListener("click", () => { group = null; filterPositions(); });
  status.append(clear);
  if (cameFrom) {
    const back = Object.assign(document.createElement("button"), { type: "button", textContent: "Back to the plot" });
    back.addEventListener("click", () => bringTo(cameFrom));
    status.append(" ", back);
  }
}

function bringTo(element) {
  element.scrollIntoView({ block: "start" });
  element.focus({ preventScroll: true });
}

function showGroup(name, origin) {
  filters.reset();
  group = name;
  cameFrom = origin;
  filterPositions();
  bringTo(byId("positions-title"));
}

// A life is told in a row below, made when somebody asks for it.
function storyOf(id) {
  const list = document.createElement("ol");
  for (const [time, block, kind, text] of told.lives[id] || []) {
    const at = document.createElement("button");
    at.type = "button";
    at.className = "moment";
    at.textContent = new Date(time * 1000).toLocaleString("en-GB", {
      day: "2-digit", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit", timeZone: "UTC",
    });
    at.title = "Mark this moment in the plots";
    at.addEventListener("click", () => mark(id, time, kind));
    const what = document.createElement("strong");
    what.textContent = kind;
    const item = document.createElement("li");
    item.append(at, ` block ${block.toLocaleString("en")} `, what, ` ${text}`);
    list.append(item);
  }
  return list;
}

function toggleLife(row, button) {
  const [, story] = withStory(row);
  const opens = button.getAttribute("aria-expanded") === "false";
  button.setAttribute("aria-expanded", String(opens));
  if (story) story.remove();
  if (!opens) return;
  const made = document.createElement("tr");
  made.className = "story";
  const cell = made.insertCell();
  cell.colSpan = row.cells.length;
  cell.append(storyOf(row.id.slice("position-".length)));
  row.after(made);
}

function mark(id, time, kind) {
  markTime(time);
  byId("marked").textContent = `Marked in the plots: position ${id} ${kind}, ${new Date(time * 1000).toISOString().slice(0, 19).replace("T", " ")} UTC.`;
  const back = byId("mark-back");
  back.href = `#position-${id}`;
  back.hidden = byId("mark-clear").hidden = false;
  byId("marked").closest("p").scrollIntoView({ block: "start" }); // with the way back
  byId("price-title").focus({ preventScroll: true });
}

if (positionTable) {
  filters.hidden = false;
  document.addEventListener("drawn", ({ target: plot }) => plot.on("plotly_click", ({ points }) => {
    const chosen = points.find((point) => point.id && hasGroup(point.id));
    if (chosen) showGroup(chosen.id, plot.closest("figure").querySelector("h3"));
  }));
  filters.addEventListener("input", filterPositions);
  filters.addEventListener("submit", (event) => event.preventDefault());
  filters.addEventListener("reset", () => { group = null; setTimeout(filterPositions); });
  positionTable.addEventListener("click", ({ target }) => {
    const button = target.closest("button.life");
    if (button) {
      keepOneStop(button);
      toggleLife(button.closest("tr"), button);
    }
  });
  positionTable.addEventListener("keydown", goToRow);
  for (const button of document.querySelectorAll("button.choice")) {
    button.addEventListener("click", () => hasGroup(button.dataset.group) && showGroup(button.dataset.group, button));
  }
  byId("mark-back").addEventListener("click", (event) => {
    event.preventDefault();
    const row = byId(event.target.hash.slice(1));
    if (row.hidden) { filters.reset(); group = null; filterPositions(); }
    row.scrollIntoView({ block: "center" });
    const button = row.querySelector("button.life");
    keepOneStop(button);
    button.focus({ preventScroll: true });
  });
  byId("mark-clear").addEventListener("click", () => {
    markTime(null);
    byId("marked").textContent = "";
    byId("mark-back").hidden = byId("mark-clear").hidden = true;
    byId("price-title").focus({ preventScroll: true });
  });
  filterPositions();
}
