"use strict";

// ---- Plots. plotly.js comes packed; it is unpacked once, here, from this file alone.

const plots = () => Array.from(document.querySelectorAll(".plot"));

async function unpackPlotly() {
  const packed = atob(document.getElementById("packed-plotly").textContent);
  const bytes = Uint8Array.from(packed, (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const script = document.createElement("script");
  script.textContent = await new Response(stream).text();
  document.head.append(script);
}

// Long arrays are in the page once; a figure names them by number.
function withArrays(node, arrays) {
  if (Array.isArray(node)) return node.map((part) => withArrays(part, arrays));
  if (node === null || typeof node !== "object") return node;
  if (typeof node.array === "number" && Object.keys(node).length === 1) return arrays[node.array];
  return Object.fromEntries(Object.entries(node).map(([key, part]) => [key, withArrays(part, arrays)]));
}

// The style sheet owns the colours of the theme; a plot takes them from there, now and whenever they change.
function themeOf(figure) {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  const theme = {
    "paper_bgcolor": colour("--surface"),
    "plot_bgcolor": colour("--surface"),
    "font.color": colour("--muted"),
    "font.family": getComputedStyle(document.body).fontFamily,
    "font.size": 12,
    "hoverlabel.bgcolor": colour("--surface"),
    "hoverlabel.bordercolor": colour("--line"),
    "hoverlabel.font.color": colour("--ink"),
  };
  for (const axis of Object.keys(figure.layout).filter((key) => /^[xy]axis/.test(key))) {
    theme[`${axis}.gridcolor`] = colour("--grid");
    theme[`${axis}.zerolinecolor`] = colour("--line");
    theme[`${axis}.linecolor`] = colour("--line");
    theme[`${axis}.tickcolor`] = colour("--line");
    if (axis.startsWith("x")) theme[`${axis}.spikecolor`] = colour("--muted");
  }
  return theme;
}

const drawn = () => plots().filter((plot) => plot.layout);
const overTime = () => drawn().filter((plot) => !plot.layout.meta || plot.layout.meta.time !== false);
const retheme = () => drawn().forEach((plot) => Plotly.relayout(plot, themeOf(plot)));

// A time chosen in one plot is shown in all.
let following = false;
async function followZoom(source, change) {
  if (following || !overTime().includes(source)) return;
  const zoomed = "xaxis.range[0]" in change;
  if (!zoomed && !change["xaxis.autorange"]) return;
  following = true;
  const range = [change["xaxis.range[0]"], change["xaxis.range[1]"]];
  const update = zoomed ? { "xaxis.range": range, "xaxis.autorange": false } : { "xaxis.autorange": true };
  await Promise.all(overTime().filter((plot) => plot !== source).map((plot) => Plotly.relayout(plot, update)));
  following = false;
}

// A moment in the life of a position, marked in all plots over time.
function markTime(seconds) {
  for (const plot of overTime()) {
    const others = (plot.layout.shapes || []).filter((shape) => shape.name !== "marked");
    const at = seconds === null ? [] : [{
      name: "marked", type: "line", x0: seconds * 1000, x1: seconds * 1000, yref: "paper", y0: 0, y1: 1,
      line: { color: getComputedStyle(document.documentElement).getPropertyValue("--link").trim(), width: 1.5, dash: "dash" },
    }];
    Plotly.relayout(plot, { shapes: [...others, ...at] });
  }
}

async function drawPlots() {
  await unpackPlotly();
  const { arrays, figures } = JSON.parse(document.getElementById("figures").textContent);
  const config = { responsive: true, displaylogo: false, displayModeBar: false };
  const byTouch = matchMedia("(pointer: coarse)").matches; // a finger on a plot scrolls the page
  for (const plot of plots()) {
    const figure = withArrays(figures[plot.id.slice("plot-".length)], arrays);
    if (byTouch) figure.layout.dragmode = false;
    await Plotly.newPlot(plot, figure.data, figure.layout, config);
    await Plotly.relayout(plot, themeOf(plot));
    plot.on("plotly_relayout", (change) => followZoom(plot, change));
    plot.dispatchEvent(new CustomEvent("drawn", { bubbles: true }));
  }
}

if (document.getElementById("figures")) {
  drawPlots().catch(() => {
    for (const plot of plots().filter((each) => !each.layout)) {
      plot.classList.add("failed");
      plot.textContent = "This browser could not draw the plot; the numbers are below.";
    }
  }).finally(() => document.documentElement.setAttribute("data-plots", "ready"));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", retheme);
  matchMedia("print").addEventListener("change", retheme);
  addEventListener("beforeprint", () => {
    const width = 650; // what A4 and Letter have between their margins
    drawn().forEach((plot) => Plotly.relayout(plot, { ...themeOf(plot), width }));
  });
  addEventListener("afterprint", () => drawn().forEach((plot) => Plotly.relayout(plot, { width: null, autosize: true })));
}

// ---- Tables. A heading sorts: first the largest numbers, or texts from A; a second time the other way round.

function cellValue(row, column) {
  const cell = row.cells[column];
  const data = cell.querySelector("data");
  return data ? data.value : cell.textContent.trim();
}

const missing = (value) => value === "" || value === "\u2013";

function compare(first, second, numeric, direction) {
  if (missing(first) || missing(second)) return missing(first) - missing(second); // last, either way round
  if (numeric) return direction * (Number(first) - Number(second));
  return direction * first.localeCompare(second, "en", { numeric: true });
}

// What is said of a row in a row of its own goes where the row goes.
const rowsOf = (table) => Array.from(table.tBodies[0].rows).filter((row) => !row.matches(".story"));
const withStory = (row) => {
  const next = row.nextElementSibling;
  return next && next.matches(".story") ? [row, next] : [row];
};

function sortBy(table, heading) {
  const column = heading.cellIndex;
  const numeric = heading.classList.contains("number");
  const before = heading.getAttribute("aria-sort");
  const ascending = before === "none" ? !numeric : before === "descending";
  for (const each of table.tHead.rows[0].cells) each.setAttribute("aria-sort", "none");
  heading.setAttribute("aria-sort", ascending ? "ascending" : "descending");
  const keyed = rowsOf(table).map((row) => [cellValue(row, column), withStory(row)]);
  keyed.sort(([first], [second]) => compare(first, second, numeric, ascending ? 1 : -1));
  table.tBodies[0].append(...keyed.flatMap(([, rows]) => rows));
}

for (const table of document.querySelectorAll("table.sortable")) {
  for (const button of table.querySelectorAll("thead button")) {
    button.addEventListener("click", () => sortBy(table, button.closest("th")));
  }
}

// Numbers are rounded for reading; whoever points at one sees it whole.
document.addEventListener("pointerover", ({ target }) => {
  const data = target.closest("data");
  if (data && !data.title) data.title = [data.value, data.dataset.unit].filter(Boolean).join(" ");
});
