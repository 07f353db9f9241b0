"""The page of a comparison: what differs first, what is equal folded away, plots laid over each other."""

from __future__ import annotations

from pathlib import Path

from isomargin.record import replace_file
from isomargin.report.compare_plots import overlaid_plots
from isomargin.report.comparison import Comparison
from isomargin.report.embedding import figures_json
from isomargin.report.page import packed_plotly, page_environment

__all__ = ["render_comparison", "write_comparison"]

_SHOWN_FATES = 300
_SHOWN_EQUAL = 400


def write_comparison(comparison: Comparison, path: str | Path) -> None:
    """Write a comparison as one HTML page that needs no network.

    Parameters
    ----------
    comparison : Comparison
        Of `compare_runs`.
    path : str or Path
        Of the page; its directory is made if missing.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    replace_file(Path(path), render_comparison(comparison).encode("utf-8"))


def render_comparison(comparison: Comparison) -> str:
    """The page as text."""
    plots = overlaid_plots(comparison.runs)
    return (
        page_environment()
        .get_template("compare.html")
        .render(
            comparison=comparison,
            first=comparison.runs[0],
            token=comparison.runs[0].record.run.token_symbol,
            plots=plots,
            figures=figures_json({plot.key: plot.figure for plot in plots}) if plots else "",
            shown_fates=_SHOWN_FATES,
            shown_equal=_SHOWN_EQUAL,
            plotly_js=packed_plotly() if plots else "",
        )
    )
