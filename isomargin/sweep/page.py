"""Puts the page of a sweep together: aggregates only, so that its size does not grow with the runs."""

from __future__ import annotations

from pathlib import Path

from isomargin.record import replace_file
from isomargin.report.embedding import figures_json
from isomargin.report.page import packed_plotly, page_environment
from isomargin.sweep.analysis import Analysis
from isomargin.sweep.intervals import runs_needed
from isomargin.sweep.page_panels import (
    Panel,
    distribution_panels,
    optimum_panel,
    price_panel,
    sensitivity_panels,
    setting_panels,
)
from isomargin.sweep.page_tables import (
    parameter_lines,
    point_headings,
    point_lines,
    quantile_headings,
    quantile_lines,
    tiles,
)
from isomargin.sweep.trials import Optimum
from isomargin.sweep.wording import percentage

__all__ = ["render_sweep_page", "write_sweep_page"]

_SHOWN_POINTS = 300
_SHOWN_FAILURES = 50
_SHOWN_BROKEN = 50


def write_sweep_page(
    analysis: Analysis, path: str | Path, *, command: str = "", optimum: Optimum | None = None
) -> None:
    """Write what came of a sweep as one HTML page that needs no network.

    Parameters
    ----------
    analysis : Analysis
        Of the results, whole or as far as they came.
    path : str or Path
        Of the page; its directory is made if missing.
    command : str
        What plays the sweep again.
    optimum : Optimum, optional
        What a search found, if it was one.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    replace_file(Path(path), render_sweep_page(analysis, command=command, optimum=optimum).encode("utf-8"))


def render_sweep_page(analysis: Analysis, *, command: str = "", optimum: Optimum | None = None) -> str:
    """The page as text; the same results give the same bytes."""
    ran = len(analysis.sample.points) > 0
    groups = _groups(analysis, optimum) if ran else []
    shown = [panel for _, _, _, panels in groups for panel in panels if panel.figure is not None]
    return (
        page_environment("isomargin.sweep")
        .get_template("sweep.html")
        .render(
            info=analysis.info,
            token=analysis.info.token_symbol,
            complete=analysis.complete,
            runs=analysis.runs,
            failed=analysis.sample.failed,
            command=command,
            confidence=percentage(analysis.info.confidence).text.replace(".0%", "%"),
            needed=runs_needed(0.99, analysis.info.confidence),
            tiles=tiles(analysis) if ran else [],
            groups=groups,
            figures=figures_json({panel.key: panel.figure for panel in shown}) if shown else "",
            quantile_headings=quantile_headings(),
            quantiles=quantile_lines(analysis) if ran else [],
            point_headings=point_headings(analysis),
            points=point_lines(analysis, _SHOWN_POINTS),
            failures=analysis.failures[:_SHOWN_FAILURES],
            failure_kinds=len(analysis.failures),
            broken=analysis.broken_runs[:_SHOWN_BROKEN],
            broken_count=len(analysis.broken_runs),
            parameters=parameter_lines(analysis.info.parameters),
            plotly_js=packed_plotly() if shown else "",
        )
    )


def _groups(analysis: Analysis, optimum: Optimum | None) -> list[tuple[str, str, str, list[Panel]]]:
    """Sections of plots: id, title, a sentence, and the panels; empty ones left out."""
    prices = price_panel(analysis)
    method = analysis.sensitivities[0].method if analysis.sensitivities else ""
    found = [
        ("optimum", "Optimum", "", [] if optimum is None else [optimum_panel(optimum)]),
        ("outcomes", "Outcomes", "", distribution_panels(analysis)),
        ("sensitivity", "Sensitivity", method, sensitivity_panels(analysis)),
        ("settings", "By setting", "", setting_panels(analysis)),
        ("price", "Prices", "", [] if prices is None else [prices]),
    ]
    return [group for group in found if group[3]]
