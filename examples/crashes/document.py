"""Writes the figures of `scripts/crashes` into docs/crashes.md, and a picture of its page beside.

python examples/crashes/document.py OUT
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

from playwright.sync_api import sync_playwright

from isomargin.sweep.matrix import MEASURES, Matrix, matrix_of
from isomargin.sweep.matrix_words import findings, value_amount
from isomargin.sweep.results import read_results

HERE = Path(__file__).parent
DOCS = HERE.parents[1] / "docs"
BEGIN, END = "<!-- figures: written by examples/crashes/document.py -->", "<!-- end of figures -->"
SHOWN = (
    "bad_debt",
    "insurance_drawdown",
    "pool_pnl",
    "share_liquidated",
    "share_bankrupt",
    "keeper_profit",
    "missed",
)


def main(out: Path) -> None:
    results = read_results(out / "sweep")
    matrix = matrix_of(results.table, "crash", "policy", "tiers")
    titles = {name: tomllib.loads((HERE / f"{name}.toml").read_text())["name"] for name in matrix.events}
    said = [f"* {sentence}" for sentence in findings(matrix, titles, "USD", "policy", "tiers")]
    seeds = ", ".join(map(str, results.info.seeds))
    count = len(results.info.seeds)
    played = f"{matrix.runs} runs by `scripts/crashes --seeds {count}`: seeds {seeds}, {results.info.engine}."
    lines = [played, "", *said, ""]
    for event in matrix.events:
        lines += [f"**{titles[event]}**", "", *table(matrix, event), ""]
    page = DOCS / "crashes.md"
    text = page.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    page.write_text(f"{before}{BEGIN}\n\n" + "\n".join(lines) + f"\n{END}{after}", encoding="utf-8")
    picture(out / "report.html", matrix.events[0])


def table(matrix: Matrix, event: str) -> list[str]:
    """One line a setting; the best of a column is bold, and behind it stands the spread of bad debt."""
    measures = [measure for measure in MEASURES if measure.key in SHOWN]
    best = {measure.key: matrix.best(event, measure) for measure in measures}
    heads = [measure.title.lower() for measure in measures]
    lines = [
        f"| tiers | policy | {' | '.join([heads[0], 'from seed to seed', *heads[1:]])} |",
        f"|---|---|{'---:|' * (len(heads) + 1)}",
    ]
    for setting in matrix.settings:
        cells = []
        for measure in measures:
            spread = matrix.spread(event, setting, measure)
            text = value_amount(spread.mean, measure).text
            cells.append(f"**{text}**" if setting in best[measure.key] else text)
            if measure is measures[0]:
                ends = (value_amount(end, measure).text for end in (spread.low, spread.high))
                cells.append(" to ".join(dict.fromkeys(ends)))
        lines.append(f"| {setting.column} | {setting.row} | {' | '.join(cells)} |")
    return lines


def picture(page: Path, event: str) -> None:
    """What the page shows of one crash, and of all in short."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        tab = browser.new_context(viewport={"width": 1200, "height": 900}).new_page()
        tab.goto(page.resolve().as_uri())
        tab.wait_for_selector("html[data-plots=ready]", timeout=120_000)
        for name, section in (("crashes_overview", "overview"), ("crashes_matrix", event)):
            tab.locator(f"#{section}").screenshot(path=DOCS / "images" / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
