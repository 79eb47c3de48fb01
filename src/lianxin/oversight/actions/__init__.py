"""The verbs of oversight, one small unit each."""

from . import exposed, flag, hide, label, opinion, recuse, show

__all__ = ["exposed", "flag", "hide", "label", "opinion", "recuse", "show"]
