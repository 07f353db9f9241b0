"""Results for machines: JUnit XML and JSON, the same bytes for the same results."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from typing import Any
from xml.etree import ElementTree

from isomargin.audit.cases import BadFile
from isomargin.audit.results import Result

__all__ = ["as_json", "as_junit"]

_COUNTED = {"pass": "passed", "FAIL": "failed", "ERROR": "errors"}
# XML has no words for most control characters
_UNWRITABLE = {code: "?" for code in range(32) if chr(code) not in "\t\n\r"}


def as_json(
    results: Sequence[Result], bad: Sequence[BadFile] = (), *, complete: bool = True, durations: bool = False
) -> str:
    """All results as one JSON object, ending with a newline.

    Parameters
    ----------
    results : sequence of Result
    bad : sequence of BadFile
    complete : bool
        False when somebody ended the audit.
    durations : bool
        Whether to say how long cases took, which is never twice the same.
    """
    document = {
        "isomargin": version("isomargin"),
        "complete": complete,
        "counts": {
            name: sum(one.verdict == verdict for one in results) for verdict, name in _COUNTED.items()
        },
        "bad_files": [{"file": one.file.as_posix(), "message": one.message} for one in bad],
        "cases": [_case(result, durations) for result in results],
    }
    return json.dumps(document, indent=2) + "\n"


def _case(result: Result, durations: bool) -> dict[str, Any]:
    case = asdict(result)
    seconds = case.pop("seconds")
    return {**case, "seconds": round(seconds, 3)} if durations else case


def as_junit(results: Sequence[Result], bad: Sequence[BadFile] = (), *, durations: bool = False) -> str:
    """All results as JUnit XML: a suite a file, a test case a variant.

    Parameters are those of `as_json`.
    """
    by_file: dict[str, list[Result]] = {}
    for result in results:
        by_file.setdefault(result.file, []).append(result)
    root = ElementTree.Element("testsuites", _counts(results, len(bad)), name="isomargin audit")
    for file, found in by_file.items():
        suite = ElementTree.SubElement(root, "testsuite", _counts(found), name=_text(file))
        for result in found:
            suite.append(_junit_case(result, durations))
    for one in bad:
        suite = ElementTree.SubElement(root, "testsuite", _counts((), 1), name=_text(one.file.as_posix()))
        case = ElementTree.SubElement(suite, "testcase", name="scenario file", classname=_text(one.file.stem))
        ElementTree.SubElement(case, "error", type="bad input", message=_text(one.message))
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'


def _counts(results: Sequence[Result], errors: int = 0) -> dict[str, str]:
    return {
        "tests": str(len(results) + errors),
        "failures": str(sum(one.verdict == "FAIL" for one in results)),
        "errors": str(errors + sum(one.verdict == "ERROR" for one in results)),
    }


def _junit_case(result: Result, durations: bool) -> ElementTree.Element:
    case = ElementTree.Element(
        "testcase", name=_text(result.variant or result.scenario), classname=_text(result.scenario)
    )
    if durations:
        case.set("time", f"{result.seconds:.3f}")
    for failure in result.failures:
        found = ElementTree.SubElement(case, "failure", type="expectation", message=_text(failure.sentence()))
        found.text = _text("\n".join(filter(None, [failure.trace, f"replay: {result.command}"])))
    if result.verdict == "ERROR":
        kind = "bad input" if result.is_bad_input else "run"
        ElementTree.SubElement(case, "error", type=kind, message=_text(result.error))
    if result.loss:
        output = ElementTree.SubElement(case, "system-out")
        output.text = _text(f"loss {result.loss} {result.token}\nexpected {result.expected}")
    return case


def _text(text: str) -> str:
    return text.translate(_UNWRITABLE)
