"""Audits: scenarios that say what must come of them, all their variants played, judged and told."""

from isomargin.audit.bundles import Replay, replay
from isomargin.audit.cases import BadFile, Case, filter_of, find_cases
from isomargin.audit.files import as_json, as_junit
from isomargin.audit.matrix import play_all
from isomargin.audit.playing import Settings, judge, play
from isomargin.audit.results import Failure, Result, Verdict, count_verdicts

__all__ = [
    "BadFile",
    "Case",
    "Failure",
    "Replay",
    "Result",
    "Settings",
    "Verdict",
    "as_json",
    "as_junit",
    "count_verdicts",
    "filter_of",
    "find_cases",
    "judge",
    "play",
    "play_all",
    "replay",
]
