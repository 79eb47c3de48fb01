"""The verbs of oversight, one small unit each."""

from . import hide, opinion, show

__all__ = ["hide", "opinion", "show"]
