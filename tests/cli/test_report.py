"""`isomargin report`: the page anew, from Parquet or CSV alone, and what it says where there is no run."""

import json
import shutil
import webbrowser

import pytest

from isomargin.cli.keeping import keep
from isomargin.scenario import load_scenario
from isomargin.simulation import simulate
from tests.cli.conftest import SMALL


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """The folder of a run, for all tests."""
    folder = tmp_path_factory.mktemp("kept")
    (folder / "small.toml").write_text(SMALL)
    keep(simulate(load_scenario(folder / "small.toml"), engine="revm"), folder / "run")
    return folder / "run"


@pytest.fixture
def run_dir(kept, tmp_path):
    """The folder of a run, for one test."""
    return shutil.copytree(kept, tmp_path / "run")


def delete(folder, *suffixes):
    for path in [path for path in folder.iterdir() if path.suffix in suffixes]:
        path.unlink()


@pytest.mark.parametrize("gone", [(".csv",), (".parquet",)])
def test_report__tables_of_one_format_deleted__is_the_page_that_the_run_wrote(command, run_dir, gone, opened):
    page = run_dir / "report.html"
    written = page.read_bytes()
    delete(run_dir, ".html", *gone)

    ended = command("report", run_dir)

    assert (ended.code, ended.out, ended.err) == (0, f"{page}\n", "")
    assert page.read_bytes() == written
    assert opened == []


def test_report__out__leaves_the_folder_of_the_run_alone(command, run_dir, tmp_path):
    delete(run_dir, ".html")
    before = sorted(run_dir.iterdir())

    ended = command("report", run_dir, "--out", tmp_path / "pages" / "night.html")

    assert ended.out == f"{tmp_path}/pages/night.html\n"
    assert "<h1>small</h1>" in (tmp_path / "pages" / "night.html").read_text()
    assert sorted(run_dir.iterdir()) == before


def test_report__open__shows_the_page_by_its_address(command, run_dir, opened):
    ended = command("report", run_dir, "--open")

    assert (ended.code, ended.err) == (0, "")
    assert opened == [(run_dir / "report.html").as_uri()]


def no_browser(address):
    return False


def broken_browser(address):
    raise webbrowser.Error("no display")


@pytest.mark.parametrize("browser", [no_browser, broken_browser])
def test_report__open_without_a_browser__says_so_and_keeps_the_page(command, run_dir, monkeypatch, browser):
    monkeypatch.setattr(webbrowser, "open", browser)
    ended = command("report", run_dir, "--open")
    page = run_dir / "report.html"

    assert (ended.code, ended.out) == (0, f"{page}\n")
    assert ended.err == f"isomargin: --open: found no browser; {page} is a page that any browser shows\n"


def remove_both_formats(folder):
    for name in ("blocks.parquet", "blocks.csv"):
        (folder / name).unlink()


def change_a_table(folder):
    (folder / "blocks.parquet").write_bytes(b"PAR1")


def forget_the_layout(folder):
    path = folder / "run.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "layout": 99}))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda folder: (folder / "run.json").unlink(), "found no run.json in it"),
        (lambda folder: (folder / "run.json").write_text("{"), "run.json: not JSON"),
        (forget_the_layout, "run.json: expected layout 1, found 99"),
        (remove_both_formats, "blocks.parquet: No such file or directory"),
        (change_a_table, "blocks.parquet: not the file that the run of run.json wrote"),
        (lambda folder: (folder / "summary.json").unlink(), "summary.json: No such file or directory"),
    ],
)
def test_report__folder_that_is_no_run__ends_with_one_line(command, run_dir, spoil, message):
    spoil(run_dir)
    before = (run_dir / "report.html").read_bytes()
    ended = command("report", run_dir)

    assert (ended.code, ended.out) == (2, "")
    assert ended.err.count("\n") == 1
    assert message in ended.err
    assert (run_dir / "report.html").read_bytes() == before


def test_report__nothing_or_a_file__is_no_folder_of_a_run(command, small, tmp_path):
    for path, found in ((tmp_path / "nowhere", "nothing"), (small, "a file")):
        ended = command("report", path)
        assert (ended.code, ended.err) == (
            2,
            f"isomargin: {path}: expected the folder of a run, found {found}\n",
        )


def test_report__page_that_cannot_be_written__ends_with_one_line(command, run_dir, small):
    ended = command("report", run_dir, "--out", small / "page.html")

    assert (ended.code, ended.err) == (2, f"isomargin: cannot write {small}/page.html: File exists\n")
