"""The bot: the keepers of the simulation on a wire, with a wallet that does nothing twice."""

from isomargin.bot.journal import Journal, Style
from isomargin.bot.keeper import KeeperBot
from isomargin.bot.running import BotTerms, run_bot, start_bot
from isomargin.bot.strategies import STRATEGIES, Kind, StrategyName

__all__ = [
    "STRATEGIES",
    "BotTerms",
    "Journal",
    "KeeperBot",
    "Kind",
    "StrategyName",
    "Style",
    "run_bot",
    "start_bot",
]
