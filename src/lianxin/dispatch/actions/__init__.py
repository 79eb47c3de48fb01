"""The verbs of dispatch."""

from . import assign, coordinate, decide_return, reassign, recall, roles

__all__ = ["assign", "coordinate", "decide_return", "reassign", "recall", "roles"]
