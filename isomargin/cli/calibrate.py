"""`isomargin calibrate`: from a file of candles to the parameters of prices by chance."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from isomargin.cli.calibration_text import Source, as_choices, as_prices
from isomargin.errors import InputError, PriceDataError
from isomargin.prices import read_candles
from isomargin.prices.parsing import utc_text
from isomargin.record import replace_file
from isomargin.units import from_wad

if TYPE_CHECKING:
    from isomargin.prices.calibration import Fit, Sample

__all__ = ["calibrate"]

_MODELS = ("gbm", "merton", "heston", "bootstrap")
_BOUND_OF_DRIFT = 100  # of a scenario's, a year


def calibrate(
    file: Annotated[Path, typer.Argument(metavar="CSV", help="Candles, CSV or Parquet.", show_default=False)],
    model: Annotated[
        str,
        typer.Option(metavar="NAME", help="`gbm`, `merton`, `heston`, `bootstrap` or `all`."),
    ] = "all",
    drift: Annotated[
        bool, typer.Option("--drift", help="Write the drift that was found rather than none at all.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it here rather than print it.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The estimates as JSON.")] = False,
) -> int:
    """Fit random prices to candles, and print them as a scenario or a sweep takes them.

        isomargin calibrate candles.csv --model merton

    prints the `[prices]` table of a scenario; without `--model` all models, as the choices of a parameter of
    a sweep. Standard errors stand behind the figures, and a line compares the models that have a likelihood.
    See docs/prices.md.
    """
    if model not in (*_MODELS, "all"):
        raise InputError(f"--model: expected one of {', '.join(_MODELS)}, all, found {model!r}")
    candles = read_candles(file)
    from isomargin.prices.calibration import sample_of

    try:
        fits, missing = _fitted(sample_of(candles), model)
    except PriceDataError as error:
        raise PriceDataError(f"{file}: {error}") from None
    if drift:
        _check_drifts(fits)
    source = Source(
        file=_named_from(out, file),
        count=len(candles.candles),
        step=candles.step,
        start=utc_text(candles.candles[0].timestamp),
        end=utc_text(candles.candles[-1].timestamp),
        last_close=from_wad(candles.candles[-1].close),
    )
    if as_json:
        text = json.dumps(_document(source, fits), indent=2) + "\n"
    elif model == "all":
        text = as_choices(source, list(fits.values()), missing, drift=drift)
    else:
        text = as_prices(source, fits[model], list(fits.values()), drift=drift)
    if out is None:
        typer.echo(text, nl=False)
        return 0
    replace_file(out, text.encode())
    return 0


def _fitted(sample: Sample, model: str) -> tuple[dict[str, Fit], list[str]]:
    """The fits by model, and why others are missing; the plain walk always, to compare with."""
    from isomargin.prices.calibration import fit_bootstrap, fit_gbm, fit_heston, fit_merton

    fitters: Mapping[str, Callable[[Sample], Fit]] = {
        "gbm": fit_gbm,
        "merton": fit_merton,
        "heston": fit_heston,
        "bootstrap": fit_bootstrap,
    }
    fits: dict[str, Fit] = {}
    missing = []
    for name in _MODELS if model == "all" else dict.fromkeys(("gbm", model)):
        try:
            fits[name] = fitters[name](sample)
        except PriceDataError as error:
            if name == model:
                raise
            missing.append(str(error))
    return fits, missing


def _check_drifts(fits: Mapping[str, Fit]) -> None:
    for name, fit in fits.items():
        found = fit.parameters.get("drift")
        if found is not None and abs(found.value) > _BOUND_OF_DRIFT:
            raise InputError(
                f"--drift: expected from -{_BOUND_OF_DRIFT} to {_BOUND_OF_DRIFT} a year, as a scenario takes "
                f"it, found {found.value:.4g} for {name}"
            )


def _named_from(out: Path | None, file: Path) -> str:
    """The file as what is written beside `out` names it."""
    return file.as_posix() if out is None else Path(os.path.relpath(file, out.parent)).as_posix()


def _document(source: Source, fits: Mapping[str, Fit]) -> dict[str, Any]:
    return {
        "candles": {
            "file": source.file,
            "count": source.count,
            "step": source.step,
            "start": source.start,
            "end": source.end,
            "last_close": source.last_close,
        },
        "models": {
            name: {
                "parameters": {
                    key: {"value": one.value, "error": one.error} for key, one in fit.parameters.items()
                },
                "log_likelihood": fit.log_likelihood,
                "aic": fit.aic,
                "notes": list(fit.notes),
            }
            for name, fit in fits.items()
        },
    }
