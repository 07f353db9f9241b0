"""The pytest plugin: found by its entry point, `isomargin.pytest_plugin.plugin`; nothing to import."""

__all__: list[str] = []
