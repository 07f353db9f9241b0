"""Line and branch coverage of Vyper sources, measured on the bytecode that ran."""

from isomargin.coverage.lcov import lcov
from isomargin.coverage.measure import BranchCoverage, FileCoverage, Ignored, Report, State, Tally, measure
from isomargin.coverage.page import coverage_page
from isomargin.coverage.records import ContractRecord, Records, merge_records, read_records
from isomargin.coverage.table import print_coverage, shown_name

__all__ = [
    "BranchCoverage",
    "ContractRecord",
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
    "print_coverage",
    "read_records",
    "shown_name",
]
