"""Puts the page together: tiles, plots and tables into the template, plotly.js packed into the same file."""

from __future__ import annotations

import base64
import zlib
from functools import cache
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from isomargin.record import RunRecord, replace_file
from isomargin.report.amounts import utc
from isomargin.report.panels import panels
from isomargin.report.tables import invariants, keepers, missed, parameters, positions, tiles

__all__ = ["figure_json", "packed_plotly", "page_environment", "render_report", "write_report"]

_SHOWN_POSITIONS = 500


def write_report(record: RunRecord, path: str | Path) -> None:
    """Write a run as one HTML page that needs no network.

    The same record gives the same bytes, with the same versions of plotly and zlib.

    Parameters
    ----------
    record : RunRecord
        The finished run.
    path : str or Path
        Of the page; its directory is made if missing.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    replace_file(Path(path), render_report(record).encode("utf-8"))


def render_report(record: RunRecord) -> str:
    """The page as text."""
    template = page_environment().get_template("page.html")
    shown = panels(record)
    return template.render(
        run=record.run,
        summary=record.summary,
        period=_period(record),
        tiles=tiles(record),
        panels=shown,
        figures={panel.key: figure_json(panel.figure) for panel in shown},
        positions=positions(record, _SHOWN_POSITIONS),
        position_count=len(record.positions),
        keepers=keepers(record),
        missed=missed(record),
        invariants=invariants(record),
        parameters=parameters(record.run.parameters),
        plotly_js=packed_plotly() if shown else "",
    )


@cache
def page_environment() -> Environment:
    """The templates of all pages."""
    # Names in a scenario are anybody's text: everything is escaped, and a misspelt variable is an error.
    return Environment(
        loader=PackageLoader("isomargin.report"),
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


def figure_json(figure: go.Figure) -> Markup:
    """The figure as JSON that cannot end the script element it stands in."""
    text: Any = figure.to_json()
    return Markup(str(text).replace("<", "\\u003c"))


def _period(record: RunRecord) -> str:
    if not record.blocks:
        return ""
    first, last = record.blocks[0].timestamp, record.blocks[-1].timestamp
    return f"{utc(first)} to {utc(last)} UTC"
