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

