"""Shows a finished run to people: one self-contained HTML page with plots and tables."""

from isomargin.report.page import render_report, write_report

__all__ = ["render_report", "write_report"]
