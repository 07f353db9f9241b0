"""Benchmarks: this library beside others, in one run on one machine; `scripts/bench --list` names them."""
