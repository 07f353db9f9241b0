"""Shows finished runs to people: self-contained HTML pages of plots and tables, of one run or of several."""

from isomargin.report.compare_numbers import NumberCell
from isomargin.report.compare_page import render_comparison, write_comparison
from isomargin.report.comparison import Comparison, compare_runs
from isomargin.report.page import render_report, write_report

__all__ = [
    "Comparison",
    "NumberCell",
    "compare_runs",
    "render_comparison",
    "render_report",
    "write_comparison",
    "write_report",
]
