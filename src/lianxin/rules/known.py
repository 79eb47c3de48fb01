"""What packages above make known of kinds of proceedings, so that a pack may name it: filled while they are imported.

A pack that is checked where they were not imported (nothing of the product is) knows the actions of orders alone.
"""

from __future__ import annotations

#: The actions of all kinds with their titles; the kinds of which a rule may take a step, with those steps.
_ACTIONS: dict[str, str] = {}
_WATCHED: dict[str, tuple[str, dict[str, str]]] = {}


def note_action(action: str, title: str) -> None:
    """A kind of proceedings has this action."""
    _ACTIONS[action] = title


def note_watched(kind: str, title: str, steps: dict[str, str]) -> None:
    """A rule may take these steps (code -> title) of proceedings of this kind."""
    _WATCHED[kind] = title, steps


def actions() -> dict[str, str]:
    """The actions of proceedings with their titles."""
    return dict(_ACTIONS)


def watched() -> dict[str, tuple[str, dict[str, str]]]:
    """The kinds of which a rule may take a step: their titles, and those steps with theirs."""
    return dict(_WATCHED)
