"""What somebody sees of an order that is shown to him (`models.Sight`): how much, and his words masked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lianxin.ledger.acts import Actor

from .models import WHAT_TITLES, Order, Sight
from .reach import Posts
from .telephones import hidden_in

_RISING = tuple(WHAT_TITLES)


@dataclass(frozen=True, slots=True)
class View:
    """How much of an order somebody sees: all of it, or what his sights say."""

    whole: bool = False
    #: the words, masked
    text: bool = False
    files: bool = False
    caller: bool = False
    #: the sight that says so; None where he sees it whole
    sight: int | None = None
    reason: str = ""


WHOLE = View(whole=True, text=True, files=True, caller=True)


def is_of(sight: Sight, posts: Posts, person: int | None) -> bool:
    """Whether a sight runs and is this person's, with these (role, unit id) posts: the same as `reach.running`."""
    if sight.until is not None:
        return False
    if sight.to_person_id is not None:
        return sight.to_person_id == person
    return any(unit == sight.to_unit_id and sight.to_role in ("", role) for role, unit in posts)


def acting(sights: Iterable[Sight], actor: Actor) -> list[Sight]:
    """Those by which `actor` sees the order from the post at which he acts."""
    posts = [(actor.role, actor.unit)] if actor.unit is not None else []
    return [sight for sight in sights if is_of(sight, posts, actor.staff)]


def view(order: Order, sights: Iterable[Sight]) -> View | None:
    """What these running sights show together; None where there is none.

    Of an order whose caller asked for confidentiality nobody sees more than its progress, whatever they say.
    """
    found = sorted(sights, key=lambda sight: (_RISING.index(sight.what), sight.pk))
    if not found:
        return None
    most = found[-1]
    level = 0 if order.confidential else _RISING.index(most.what)
    caller = level > 0 and any(sight.caller for sight in found)
    return View(text=level >= 1, files=level >= 2, caller=caller, sight=most.pk, reason=most.reason)


def veiled(text: str, name: str = "") -> str:
    """Words as a sight shows them: the caller's name and what looks like a telephone number are masked."""
    if len(name) > 1:
        text = text.replace(name, name[:1] + "*" * (len(name) - 1))
    return hidden_in(text)
