"""The verbs of dispatch."""

from . import assign, decide_return

__all__ = ["assign", "decide_return"]
