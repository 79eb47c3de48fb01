"""The verbs of the follow-up."""

from . import callback, close, exclude

__all__ = ["callback", "close", "exclude"]
