"""Line and branch coverage of Vyper sources, measured on the bytecode that ran."""

from isomargin.coverage.lcov import lcov
from isomargin.coverage.measure import BranchCoverage, FileCoverage, Ignored, Report, State, Tally, measure
from isomargin.coverage.page import coverage_page
from isomargin.coverage.records import Records, merge_records, read_records

__all__ = [
    "BranchCoverage",
    "FileCoverage",
    "Ignored",
    "Records",
    "Report",
    "State",
    "Tally",
    "coverage_page",
    "lcov",
    "measure",
    "merge_records",
    "read_records",
]
