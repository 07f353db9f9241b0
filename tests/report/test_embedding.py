import json
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from isomargin.record import RunRecord
from isomargin.report import render_report
from isomargin.report.embedding import figures_json, json_in_page
from isomargin.report.panels import panels
from isomargin.report.price_map import price_map
from tests.record.crash import crash_record
from tests.report.page_reader import read_figures, read_page


@pytest.fixture(scope="module")
def crash() -> RunRecord:
    return crash_record()


def test_figures__equal_arrays__are_embedded_once() -> None:
    times, amounts = np.arange(40.0), np.arange(40.0) ** 2
    figures = {
        name: go.Figure([go.Scatter(x=times, y=amounts + place), go.Scatter(x=times, y=amounts)])
        for place, name in enumerate(("one", "two"))
    }

    embedded = json.loads(figures_json(figures))

    assert len(embedded["arrays"]) == 3
    first, second = embedded["figures"]["one"]["data"], embedded["figures"]["two"]["data"]
    assert first[0]["x"] == first[1]["x"] == second[0]["x"] == {"array": 0}
    assert first[0]["y"] == first[1]["y"] == second[1]["y"] != second[0]["y"]


def test_page__of_a_crash__has_no_array_twice(crash: RunRecord) -> None:
    arrays = json.loads(read_page(render_report(crash)).by_id("figures").text)["arrays"]
    texts = [json.dumps(array) for array in arrays]

    assert len(texts) == len(set(texts)) > 20


def test_page__figures_put_together_again__are_those_of_the_panels(crash: RunRecord) -> None:
    embedded = read_figures(read_page(render_report(crash)))
    drawn = {panel.key: json.loads(str(panel.figure.to_json())) for panel in panels(crash, price_map(crash))}

    assert {key: embedded[key] for key in drawn} == drawn


@pytest.mark.parametrize("value", ["</script>", {"<!--": ["<script>"]}])
def test_json_in_page__markup__cannot_end_its_element(value: Any) -> None:
    text = json_in_page(value)

    assert "<" not in text
    assert json.loads(text) == value
