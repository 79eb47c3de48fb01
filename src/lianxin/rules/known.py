"""What packages above make known of kinds of proceedings, so that a pack may name it: filled while they are imported.

A pack that is checked where they were not imported (nothing of the product is) knows the actions of orders alone.
"""

from __future__ import annotations

#: The actions of all kinds with their titles, and the kinds that a rule may propose.
_ACTIONS: dict[str, str] = {}
_PROPOSED: dict[str, str] = {}


def note_action(action: str, title: str) -> None:
    """A kind of proceedings has this action."""
    _ACTIONS[action] = title


def note_proposed(kind: str, title: str) -> None:
    """A rule may propose proceedings of this kind."""
    _PROPOSED[kind] = title


def actions() -> dict[str, str]:
    """The actions of proceedings with their titles."""
    return dict(_ACTIONS)


def proposed() -> dict[str, str]:
    """The kinds that a rule may propose, with their titles."""
    return dict(_PROPOSED)
