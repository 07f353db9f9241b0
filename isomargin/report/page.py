"""Puts the page together: tiles, plots and tables into the template, plotly.js packed into the same file."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from plotly.offline import get_plotlyjs

from isomargin.record import RunRecord, replace_file
from isomargin.report.amounts import utc
from isomargin.report.embedding import figures_json, positions_json
from isomargin.report.gas import gas, gas_figure, gas_note
from isomargin.report.headlines import in_short, sides, tiles
from isomargin.report.lives import groups, lives
from isomargin.report.panels import panels
from isomargin.report.price_map import price_map
from isomargin.report.series import drawn_blocks
from isomargin.report.tables import (
    invariants,
    keepers,
    missed,
    parameters,
    positions,
    shown_positions,
)
from isomargin.report.verdicts import expectations, steps

__all__ = ["packed_plotly", "page_environment", "render_report", "write_report"]


def write_report(record: RunRecord, path: str | Path, sentences: Mapping[str, str] | None = None) -> None:
    """Write a run as one HTML page that needs no network.

    The same record gives the same bytes, with the same versions of plotly and zlib.

    Parameters
    ----------
    record : RunRecord
        The finished run.
    path : str or Path
        Of the page; its directory is made if missing.
    sentences : mapping of str to str, optional
        What each invariant says, by its id.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    replace_file(Path(path), render_report(record, sentences).encode("utf-8"))


def render_report(record: RunRecord, sentences: Mapping[str, str] | None = None) -> str:
    """The page as text; parameters as for `write_report`."""
    template = page_environment().get_template("page.html")
    prices = price_map(record)
    shown, rows = panels(record, prices), shown_positions(record)
    gas_lines = gas(record)
    gas_plot = gas_figure(gas_lines)
    figures = {panel.key: panel.figure for panel in shown}
    if gas_plot is not None:
        figures["gas"] = gas_plot
    return template.render(
        run=record.run,
        summary=record.summary,
        period=_period(record),
        in_short=in_short(record),
        tiles=tiles(record),
        sides=sides(record),
        panels=shown,
        block_count=len(record.blocks),
        drawn_count=len(drawn_blocks(record.blocks)),
        figures=figures_json(figures) if figures else "",
        expectations=expectations(record),
        expectation_count=len(record.expectations),
        steps=steps(record),
        step_count=len(record.steps),
        positions=positions(record),
        position_count=len(record.positions),
        position_data=positions_json(lives(record, rows), groups(record, prices, [row.id for row in rows])),
        keepers=keepers(record),
        missed=missed(record),
        gas=gas_lines,
        gas_note=gas_note(record),
        gas_height=gas_plot.layout.height if gas_plot is not None else 0,
        invariants=invariants(record, sentences or {}),
        parameters=parameters(record.run.parameters),
        plotly_js=packed_plotly() if figures else "",
    )


@cache
def page_environment(package: str = "isomargin.report") -> Environment:
    """The templates of a package's pages, and those that all pages share."""
    # Names in a scenario are anybody's text: everything is escaped, and a misspelt variable is an error.
    return Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader("isomargin.report")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def packed_plotly() -> str:
    """plotly.js as base64 of zlib's format, which makes the page two fifths of what it would be."""
    packed = zlib.compress(get_plotlyjs().encode("utf-8"), level=9)
    return base64.b64encode(packed).decode("ascii")


def _period(record: RunRecord) -> str:
    if not record.blocks:
        return ""
    first, last = record.blocks[0].timestamp, record.blocks[-1].timestamp
    return f"{utc(first)} to {utc(last)} UTC"
