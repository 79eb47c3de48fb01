"""The verbs of oversight, one small unit each."""

from . import disclosed, exposed, flag, hide, label, opinion, show

__all__ = ["disclosed", "exposed", "flag", "hide", "label", "opinion", "show"]
