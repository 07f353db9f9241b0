"""Malformed sweep files: what stands in the file, and how the message goes on after the file's name."""

from __future__ import annotations

__all__ = ["WRONG"]

_TOP = 'scenario = "market.toml"\n'
_KEY = '[[parameters]]\nkey = "risk.health_target"\n'

WRONG: dict[str, tuple[str, str]] = {
    "no TOML": ("scenario = \n", ":1: not TOML: Invalid value"),
    "empty": ("", ": scenario: missing; expected this key"),
    "misspelt key": (_TOP + "seed = 3\n", ':2: seed: unknown key; did you mean "seeds"?'),
    "misspelt table": (_TOP + "[desing]\n", ':2: desing: unknown key; did you mean "design"?'),
    "include": (_TOP + 'include = "other.toml"\n', ""),
    "scenario that is no text": ("scenario = 5\n", ":1: scenario: expected text, found 5"),
    "scenario that is not there": (
        'scenario = "nowhere.toml"\n',
        ":1: scenario: expected the path of a scenario file, found no such file",
    ),
    "scenario that is a folder": (
        'scenario = "."\n',
        ":1: scenario: expected the path of a scenario file, found a directory",
    ),
    "variant of a scenario without any": (_TOP + 'variant = { defence = "on" }\n', ":2: variant: "),
    "variant that is no table": (_TOP + 'variant = "on"\n', ":2: variant: expected a table, found 'on'"),
    "engine of a node": (
        _TOP + 'engine = "http://127.0.0.1:8545"\n',
        ":2: engine: a sweep plays runs side by side: expected revm or py-evm, found http://127.0.0.1:8545",
    ),
    "unknown engine": (_TOP + 'engine = "rvm"\n', ":2: engine: unknown engine 'rvm', did you mean revm?"),
    "no seeds": (_TOP + "seeds = 0\n", ":2: seeds: expected a whole number from 1 to 1000000, found 0"),
    "seeds as text": (_TOP + 'seeds = "3"\n', ":2: seeds: expected a whole number, found '3'"),
    "empty list of seeds": (_TOP + "seeds = []\n", ":2: seeds: expected a seed at least, found none"),
    "seed twice": (_TOP + "seeds = [1, 2, 1]\n", ":2: seeds[2]: expected each seed once, found 1 again"),
    "seed below zero": (_TOP + "seeds = [1, -2]\n", ":2: seeds[1]: expected a whole number from 0 to"),
    "seeds without a count": (
        _TOP + "seeds = { first = 1 }\n",
        ":2: seeds.count: missing; expected this key",
    ),
    "seeds with another key": (
        _TOP + "seeds = { first = 1, cuont = 2 }\n",
        ":2: seeds.cuont: unknown key; expected one of count, first",
    ),
    "checks never": (_TOP + 'checks = "never"\n', ":2: checks: expected 'end' or 'scenario', found 'never'"),
    "confidence of all": (
        _TOP + "confidence = 1\n",
        ":2: confidence: expected a number from 0.5 to 0.9999, found 1",
    ),
    "unknown design": (
        _TOP + '[design]\nkind = "halton"\n',
        ":3: design.kind: expected 'grid', 'random' or 'sobol', found 'halton'",
    ),
    "points of a grid": (
        _TOP + "[design]\npoints = 4\n",
        ":3: design.points: not used in a grid, whose parameters say it",
    ),
    "seed of a grid": (
        _TOP + "[design]\nseed = 4\n",
        ":3: design.seed: not used in a grid, which has no luck",
    ),
    "sobol without points": (
        _TOP + '[design]\nkind = "sobol"\n',
        ":2: design.points: missing; expected how many points the sobol design has",
    ),
    "sobol without parameters": (
        _TOP + '[design]\nkind = "sobol"\npoints = 4\n',
        ":2: design: expected [[parameters]] for a sobol design, found none",
    ),
    "parameter without a key": (
        _TOP + "[[parameters]]\nvalues = [1]\n",
        ":2: parameters[0].key: missing; expected the key of the scenario that takes the values",
    ),
    "parameter without values": (
        _TOP + _KEY,
        ":2: parameters[0]: expected values, min and max, or choices, found none",
    ),
    "max alone": (
        _TOP + _KEY + "max = 2\n",
        ":2: parameters[0]: expected values, min and max, or choices, found max alone",
    ),
    "values and a range": (
        _TOP + _KEY + "values = [1]\nmin = 1\nmax = 2\n",
        ":5: parameters[0].min: expected values, min and max, or choices, found values and min",
    ),
    "values of two kinds": (
        _TOP + _KEY + 'values = [1, "two"]\n',
        ":4: parameters[0].values: expected values of one kind, found 1 and two",
    ),
    "value twice": (
        _TOP + _KEY + "values = [1.5, 2, 1.5]\n",
        ":4: parameters[0].values[2]: expected each value once, found '1.5' again",
    ),
    "value that is an array": (
        _TOP + _KEY + "values = [[1]]\n",
        ":4: parameters[0].values[0]: expected a number, text, true or false, found [1]",
    ),
    "no values": (_TOP + _KEY + "values = []\n", ":4: parameters[0].values: expected a value at least"),
    "misspelt key of a parameter": (
        _TOP + _KEY + "values = [1.5]\nscael = 'log'\n",
        ':5: parameters[0].scael: unknown key; did you mean "scale"?',
    ),
    "range upside down": (
        _TOP + _KEY + "min = 2\nmax = 1\ncount = 3\n",
        ":5: parameters[0].max: expected above the min of 2, found 1",
    ),
    "range without an end": (
        _TOP + _KEY + "min = 2\ncount = 3\n",
        ":2: parameters[0].max: missing; expected the upper end of the range",
    ),
    "range of a grid without a count": (
        _TOP + _KEY + "min = 1.1\nmax = 2\n",
        ":2: parameters[0].count: missing; expected how many values of the range a grid has",
    ),
    "count of a random design": (
        _TOP + '[design]\nkind = "random"\npoints = 2\n' + _KEY + "min = 1.1\nmax = 2\ncount = 3\n",
        ":9: parameters[0].count: not used in a random design, which draws from the range",
    ),
    "log scale from zero": (
        _TOP + _KEY + 'min = 0\nmax = 2\ncount = 3\nscale = "log"\n',
        ":4: parameters[0].min: expected above zero with a log scale, found 0",
    ),
    "whole numbers from a half": (
        _TOP + _KEY + "min = 0.5\nmax = 2\ncount = 3\ninteger = true\n",
        ":4: parameters[0].min: expected a whole number, found 0.5",
    ),
    "scale of listed values": (
        _TOP + _KEY + 'values = [1]\nscale = "log"\n',
        ":5: parameters[0].scale: belongs to a range: expected min beside it",
    ),
    "end of a range as text": (
        _TOP + _KEY + 'min = "1"\nmax = 2\n',
        ":4: parameters[0].min: expected a number, found '1'",
    ),
    "key that is none": (
        _TOP + '[[parameters]]\nkey = "risk..x"\nvalues = [1]\n',
        ":3: parameters[0].key: expected a key such as risk.brackets[0].mmr, found 'risk..x'",
    ),
    "seed as a parameter": (
        _TOP + '[[parameters]]\nkey = "seed"\nvalues = [1]\n',
        ":3: parameters[0].key: not swept: seed",
    ),
    "two of a name": (
        _TOP + (_KEY + "values = [1.5]\n") * 2,
        ":6: parameters[1].key: expected a name of its own, found risk.health_target again",
    ),
    "choices without a name": (
        _TOP + "[[parameters]]\nchoices.a.seed = 1\n",
        ":2: parameters[0].name: missing; expected what tables shall call the choices",
    ),
    "choices with a key": (
        _TOP + _KEY + 'name = "x"\nchoices.a.base = "BTC"\n',
        ":3: parameters[0].key: not used with choices, which name their keys",
    ),
    "choice that is no table": (
        _TOP + '[[parameters]]\nname = "x"\nchoices.a = 5\n',
        ":4: parameters[0].choices.a: expected a table, found 5",
    ),
    "choice with variants": (
        _TOP + '[[parameters]]\nname = "x"\nchoices.a.variants = {}\n',
        ":4: parameters[0].choices.a.variants: not used in a choice",
    ),
    "unknown key of the scenario": (
        _TOP + '[[parameters]]\nkey = "risk.health_traget"\nvalues = [1.5]\n',
        ':4: parameters[0].values[0]: unknown key; did you mean "health_target"? '
        "(with risk.health_traget = 1.5)",
    ),
    "unknown key in a choice": (
        _TOP + '[[parameters]]\nname = "x"\nchoices.a.risk.polcy = "full"\n',
        ':4: parameters[0].choices.a.risk.polcy: unknown key; did you mean "policy"? (with x = a)',
    ),
    "value that the second point has": (
        _TOP + _KEY + "values = [1.5, 0.5]\n",
        ":4: parameters[0].values[1]: expected a number",
    ),
    "range that leaves what may be": (
        _TOP + _KEY + "min = 0.5\nmax = 2\ncount = 4\n",
        ":3: parameters[0].key: expected a number",
    ),
    "element of no array": (
        _TOP + '[[parameters]]\nkey = "risk.brackets[3].mmr"\nvalues = [0.1]\n',
        ":4: parameters[0].values[0]: expected an element 3 of risk.brackets in the scenario, "
        "found 0 elements (with risk.brackets[3].mmr = 0.1)",
    ),
    "too large a grid": (
        _TOP
        + "".join(
            f'[[parameters]]\nname = "p{index}"\nkey = "risk.health_target"\nmin = 1\nmax = 2\ncount = 1000\n'
            for index in range(3)
        ),
        ":2: parameters: expected a grid of at most 1,000,000 points, found 1,000,000,000",
    ),
    "nothing to minimise": (
        _TOP + "[optimise]\ntrials = 4\n",
        ":2: optimise.minimise: missing; expected this key",
    ),
    "optimiser without trials": (
        _TOP + '[optimise]\nminimise = "mean(margin)"\ntrials = 0\n',
        ":4: optimise.trials: expected a whole number from 1 to 100000, found 0",
    ),
}
