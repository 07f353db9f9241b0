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
const overTime = () => drawn().filter((plot) => plot.layout.meta && plot.layout.meta.time);
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
    plot.on("plotly_click", ({ points }) => {
      const chosen = points.find((point) => point.id && hasGroup(point.id));
      if (chosen) showGroup(chosen.id, plot.closest("figure").querySelector("h3"));
    });
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

