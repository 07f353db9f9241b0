import base64
import re
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from plotly.offline import get_plotlyjs

from isomargin.errors import InputError
from isomargin.record import CheckRow, ExpectationRow, Recorder, RunRecord, StepRow, TransactionRow
from isomargin.report import render_report, write_report
from tests.record.crash import crash_record
from tests.report.page_reader import Element, read_figures, read_page

HOSTILE = "</script><img src=x onerror=alert(1)>\"'{{ 7 * 7 }}<!-- <script> &lt;"
OVER_TIME = [
    "price", "open-interest", "margin-ratios", "holdings", "losses", "keeper-income", "keeper-race",
]  # fmt: skip
FIGURES = ["price", "liquidation-map", *OVER_TIME[1:], "gas"]


@pytest.fixture(scope="module")
def crash() -> RunRecord:
    return crash_record()


@pytest.fixture(scope="module")
def html(crash: RunRecord) -> str:
    return render_report(crash)


@pytest.fixture(scope="module")
def page(html: str) -> Element:
    return read_page(html)


def _rows(page: Element, section: str) -> list[Element]:
    return [row for body in page.by_id(section).all("tbody") for row in body.all("tr")]


def test_page__of_a_crash__has_one_heading_landmarks_and_sections(page: Element) -> None:
    assert [heading.text for heading in page.all("h1")] == ["Black Thursday"]
    assert [len(list(page.all(tag))) for tag in ("header", "nav", "main", "footer")] == [1, 1, 1, 1]
    assert next(page.all("html")).attributes["lang"] == "en"
    sections = [section.attributes["id"] for section in page.all("section")]
    assert sections == ["summary", "plots", "positions", "keepers", "gas", "invariants", "run"]


def test_page__links_and_labels__lead_to_elements_that_exist_once(page: Element) -> None:
    ids = [each.attributes["id"] for each in page.all() if "id" in each.attributes]
    links = [link.attributes["href"].removeprefix("#") for link in page.all("a")]
    labels = [
        each.attributes["aria-labelledby"] for each in page.all() if "aria-labelledby" in each.attributes
    ]

    assert len(ids) == len(set(ids))
    assert set(links) | set(labels) <= set(ids)


def test_page__of_a_crash__shows_the_summary_with_exact_values(crash: RunRecord, page: Element) -> None:
    tiles = {
        next(tile.all("dt")).text: next(tile.all("data")).attributes["value"]
        for tile in page.by_id("summary").all("div")
        if "tile" in tile.attributes["class"].split()
    }
    summary = crash.summary.as_object()

    assert tiles == {
        "Positions opened": "220",
        "Liquidated": str(summary["positions"]["liquidated"]),
        "Bankrupt": str(summary["positions"]["bankrupt"]),
        "Bad debt": summary["bad_debt"],
        "Insurance fund": summary["insurance_fund"],
        "Pool result": summary["pool"]["pnl"],
        "Keeper profit": summary["keeper"]["profit"],
        "Invariants broken": "0",
    }


def test_page__of_a_crash__contains_each_figure_with_a_place_to_draw_it(page: Element) -> None:
    assert list(read_figures(page)) == FIGURES
    for key in FIGURES:
        assert page.by_id(f"plot-{key}").attributes["role"] == "img"
    for key in OVER_TIME:
        assert "lowest" in page.by_id(f"plot-{key}").attributes["aria-label"]
        assert len(list(page.by_id(key).all("table"))) == (2 if key == "price" else 1)
    said = page.by_id("plot-liquidation-map").attributes["aria-label"]
    assert "Before: 12 Mar 06:00, price 179.500, 220 open, notional" in said


def test_page__of_a_crash__holds_plotly_once_and_whole(page: Element) -> None:
    packed = page.by_id("packed-plotly").text

    assert zlib.decompress(base64.b64decode(packed)).decode() == get_plotlyjs()


def test_page__positions_table__has_a_row_for_each(crash: RunRecord, page: Element) -> None:
    rows = _rows(page, "positions")

    assert len(rows) == len(crash.positions)
    largest = max(crash.positions, key=lambda position: position.notional)
    assert next(rows[0].all("th")).text == largest.actor


def test_page__more_positions_than_it_shows__says_how_many_there_are() -> None:
    page = read_page(render_report(crash_record(positions=1040)))

    assert len(_rows(page, "positions")) == 1000
    caption = next(page.by_id("positions").all("caption")).full_text
    assert "The 1,000 of 1,040 positions with the most bad debt" in " ".join(caption.split())


def test_page__keepers_and_invariants__are_listed(page: Element) -> None:
    keepers = [next(row.all("th")).text for row in _rows(page, "keepers")]
    checked = [next(row.all("th")).text for row in _rows(page, "invariants")]

    assert sorted(keepers) == ["keeper late", "keeper north", "keeper south"]
    assert checked == ["I1", "I2", "I4", "I5", "I7", "I16"]


def test_page__this_run__tells_how_to_repeat_it(crash: RunRecord, page: Element) -> None:
    text = page.by_id("run").full_text

    assert crash.run.command in text
    assert crash.summary.state_root in text
    for version in crash.run.versions.values():
        assert version in text
    assert "market.skew_scale" in text


def test_page__every_resource__is_in_the_file(html: str, page: Element) -> None:
    loading = {"src", "href", "srcset", "poster", "action", "xlink:href", "background"}
    values = [value for each in page.all() for name, value in each.attributes.items() if name in loading]
    own_code = "\n".join(each.text for each in page.all() if each.tag in ("style", "script"))

    assert all(value.startswith("#") for value in values)
    assert not list(page.all("link"))
    assert not re.search(r"https?:|url\(|@import|\bfetch\(|XMLHttpRequest|importScripts", own_code)
    policy = next(each for each in page.all("meta") if "http-equiv" in each.attributes).attributes["content"]
    assert policy.startswith("default-src 'none';")
    assert "http" not in policy
    assert not re.search(r"https?://", html)


def test_page__same_record_twice__same_bytes(html: str) -> None:
    assert render_report(crash_record()) == html


def test_page__of_a_crash__is_small(html: str) -> None:
    assert len(html.encode()) < 3_000_000


def test_page__of_a_long_run_with_many_positions__stays_below_five_megabytes(crash: RunRecord) -> None:
    count = 20_000
    start = crash.blocks[0].timestamp
    blocks = tuple(
        replace(crash.blocks[number % len(crash.blocks)], block=number + 1, timestamp=start + 12 * number)
        for number in range(count)
    )
    long_record = replace(
        crash,
        run=replace(
            crash.run, parameters={"prices": ["123.456"] * 100_000, "many": {str(k): k for k in range(9999)}}
        ),
        blocks=blocks,
        positions=crash.positions * 10,
        keepers=tuple(replace(crash.keepers[0], block=number + 1) for number in range(count)),
    )

    assert len(render_report(long_record).encode()) < 5_000_000


def test_page__hostile_names__are_text_and_nothing_else(crash: RunRecord) -> None:
    run = replace(
        crash.run,
        scenario=HOSTILE,
        engine=HOSTILE,
        command=HOSTILE,
        base_symbol=HOSTILE,
        token_symbol=HOSTILE,
        versions={HOSTILE: HOSTILE},
        parameters={HOSTILE: [HOSTILE]},
    )
    hostile = replace(
        crash,
        run=run,
        positions=tuple(replace(row, actor=HOSTILE, owner=HOSTILE) for row in crash.positions),
        keepers=tuple(replace(row, keeper=HOSTILE) for row in crash.keepers),
        transactions=tuple(replace(row, action=HOSTILE) for row in crash.transactions),
        expectations=(ExpectationRow(HOSTILE, 1, HOSTILE, HOSTILE, HOSTILE, HOSTILE, False, HOSTILE),),
        steps=(StepRow(1, HOSTILE, 1, 0, HOSTILE, HOSTILE, False, HOSTILE, HOSTILE),),
        summary=replace(
            crash.summary, keepers=tuple(replace(rank, name=HOSTILE) for rank in crash.summary.keepers)
        ),
        checks=(CheckRow(1, HOSTILE, 1, 1, HOSTILE),),
    )

    page = read_page(render_report(hostile))

    assert next(page.all("h1")).text == HOSTILE
    assert next(page.all("title")).text == f"{HOSTILE} - isomargin"
    assert not list(page.all("img"))
    assert not [each for each in page.all() if any(name.startswith("on") for name in each.attributes)]
    assert len(list(page.all("script"))) == 4
    assert list(read_figures(page)) == FIGURES


def test_page__broken_invariant__is_named_with_its_block_and_message(crash: RunRecord) -> None:
    broken = Recorder()
    broken.extend(crash.blocks)
    broken.extend([CheckRow(3, "I5", 9, 0, ""), CheckRow(7, "I5", 9, 2, "pool is short of 12 units")])
    page = read_page(render_report(broken.finish(crash.run, pool_deposited=0)))

    (row,) = _rows(page, "invariants")

    assert "broken 2\u00d7" in row.full_text
    assert "block 7: pool is short of 12 units" in row.full_text
    tile = next(each for each in page.by_id("summary").all("div") if "Invariants broken" in each.full_text)
    assert "bad" in tile.attributes["class"].split()


def test_page__of_nothing__says_so_and_carries_no_plotly(crash: RunRecord) -> None:
    html = render_report(Recorder().finish(replace(crash.run, command="", parameters={}), pool_deposited=0))
    text = read_page(html).full_text

    for sentence in ("No block was recorded.", "No position was opened.", "No invariant was checked."):
        assert sentence in text
    assert len(html) < 60_000


def test_page__unused_tables__need_no_rows(crash: RunRecord) -> None:
    only_a_block = Recorder()
    only_a_block.append(crash.blocks[0])
    only_a_block.append(
        TransactionRow(1, 0, "0x01", "0x02", "lp", "lp", "deposit", None, 21_000, 1, True, "")
    )

    page = read_page(render_report(only_a_block.finish(crash.run, pool_deposited=1)))

    assert list(read_figures(page)) == ["price", "open-interest", "holdings", "losses", "gas"]


def test_write_report__to_a_new_directory__writes_the_page(
    crash: RunRecord, html: str, tmp_path: Path
) -> None:
    write_report(crash, tmp_path / "out" / "report.html")

    assert (tmp_path / "out" / "report.html").read_text(encoding="utf-8") == html
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["report.html"]


def test_write_report__below_a_file__is_refused_in_one_line(crash: RunRecord, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(InputError, match=r"^cannot write .*report\.html: [^\n]+$"):
        write_report(crash, tmp_path / "file" / "report.html")
