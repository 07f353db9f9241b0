"""Call traces that a developer reads: decoded calls and events, and the source line where it failed."""

from isomargin.traces.colours import print_trace
from isomargin.traces.directory import Directory, system_directory
from isomargin.traces.places import Place, places_of
from isomargin.traces.text import Line, failure_places, trace_lines, trace_text

__all__ = [
    "Directory",
    "Line",
    "Place",
    "failure_places",
    "places_of",
    "print_trace",
    "system_directory",
    "trace_lines",
    "trace_text",
]
