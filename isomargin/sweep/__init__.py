"""Sweeps: one scenario played many times, over parameters, prices and seeds, and kept as a table."""

from isomargin.sweep.definition import SweepFile, read_sweep_file
from isomargin.sweep.plan import Plan, check_points, plan_sweep, point_text, with_points
from isomargin.sweep.results import (
    ParameterInfo,
    RunResult,
    SweepInfo,
    SweepResults,
    read_results,
    result_schema,
    result_table,
)
from isomargin.sweep.running import Progress, run_sweep
from isomargin.sweep.store import Store, open_store
from isomargin.sweep.workers import Crew, cluster_workers, local_workers

__all__ = [
    "Crew",
    "ParameterInfo",
    "Plan",
    "Progress",
    "RunResult",
    "Store",
    "SweepFile",
    "SweepInfo",
    "SweepResults",
    "check_points",
    "cluster_workers",
    "local_workers",
    "open_store",
    "plan_sweep",
    "point_text",
    "read_results",
    "read_sweep_file",
    "result_schema",
    "result_table",
    "run_sweep",
    "with_points",
]
