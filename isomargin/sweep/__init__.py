"""Plays a scenario over many settings and seeds, and says what came of it, with intervals."""

__all__: list[str] = []
