"""The bot: the keepers of the simulation on a wire, with a wallet that does nothing twice.

`running` starts one and keeps it going; the package itself only names the choices, because what speaks to
nodes takes a second to load.
"""

from isomargin.bot.choices import Kind, StrategyName, Style

__all__ = ["Kind", "StrategyName", "Style"]
