"""The verbs of intake, one small unit each."""

from . import answer, correct, register, repeat, void

__all__ = ["answer", "correct", "register", "repeat", "void"]
