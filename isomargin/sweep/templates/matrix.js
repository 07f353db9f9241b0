"use strict";

const plots = () => Array.from(document.querySelectorAll(".plot"));

// plotly.js comes packed; it is unpacked once, here, from this file alone.
async function unpackPlotly() {
  const packed = atob(document.getElementById("packed-plotly").textContent);
  const bytes = Uint8Array.from(packed, (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const script = document.createElement("script");
  script.textContent = await new Response(stream).text();
  document.head.append(script);
}

// The style sheet owns the colours of the theme.
function theme() {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  const found = {
    "paper_bgcolor": colour("--surface"),
    "plot_bgcolor": colour("--surface"),
    "font.color": colour("--muted"),
    "font.family": getComputedStyle(document.body).fontFamily,
    "font.size": 12,
    "hoverlabel.bgcolor": colour("--surface"),
    "hoverlabel.bordercolor": colour("--line"),
    "hoverlabel.font.color": colour("--ink"),
  };
  for (const axis of ["xaxis", "yaxis"]) {
    found[`${axis}.gridcolor`] = colour("--grid");
    found[`${axis}.linecolor`] = colour("--line");
    found[`${axis}.tickcolor`] = colour("--line");
  }
  return found;
}

const retheme = (more = {}) =>
  plots().filter((plot) => plot.layout).forEach((plot) => Plotly.relayout(plot, { ...theme(), ...more }));

async function drawPlots() {
  await unpackPlotly();
  const figures = JSON.parse(document.getElementById("figures").textContent);
  const config = { responsive: true, displaylogo: false, displayModeBar: false };
  for (const plot of plots()) {
    const figure = figures[plot.id.slice("plot-".length)];
    await Plotly.newPlot(plot, figure.data, figure.layout, config);
    await Plotly.relayout(plot, theme());
  }
}

drawPlots().catch(() => {
  for (const plot of plots().filter((each) => !each.layout)) {
    plot.classList.add("failed");
    plot.textContent = plot.getAttribute("aria-label");
  }
}).finally(() => document.documentElement.setAttribute("data-plots", "ready"));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => retheme());
matchMedia("print").addEventListener("change", () => retheme());
addEventListener("beforeprint", () => retheme({ width: 650 })); // what A4 and Letter have between their margins
addEventListener("afterprint", () => retheme({ width: null, autosize: true }));
