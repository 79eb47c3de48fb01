"""The verbs of oversight, one small unit each."""

from . import exposed, flag, hide, label, opinion, show

__all__ = ["exposed", "flag", "hide", "label", "opinion", "show"]
