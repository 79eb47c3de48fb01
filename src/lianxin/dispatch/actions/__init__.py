"""The verbs of dispatch."""

from . import assign, decide_return, reassign, recall, roles

__all__ = ["assign", "decide_return", "reassign", "recall", "roles"]
