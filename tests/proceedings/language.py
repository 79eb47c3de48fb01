"""Checks of language and record (C32) and rosters of a line's contacts (C23), in each state that there is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.cast import Cast, later
from tests.proceedings.stages import do

from lianxin.duties import language_draws
from lianxin.proceedings.models import Proceeding

ITEMS = ("words", "tone", "attitude", "record")
OBJECTION = {"reason": "来电人要求不记录姓名，记录是完整的。"}
UPHELD = {"reason": "录音中没有这样的要求，维持。"}


def marks(*unmet: str) -> list[dict[str, Any]]:
    """All items met but these."""
    return [{"item": code, "met": code not in unmet} for code in ITEMS]


def found(*unmet: str) -> dict[str, Any]:
    """A check that says so."""
    return {"marks": marks(*unmet)} | ({"findings": "没有记录发生的时间和楼号。"} if unmet else {})


def taken(cast: Cast, at: datetime, number: int) -> list[str]:
    """So many requests that the agent took in a week before `at`."""
    return [cast.register(later(at, days=-7, minutes=n)).number for n in range(number)]


def drawn(cast: Cast, at: datetime, pool: int = 5) -> list[Proceeding]:
    """What was drawn of the week before `at`, out of so many."""
    taken(cast, at, pool)
    language_draws.draw(cast.centre.pk, at)
    return list(Proceeding.objects.filter(centre=cast.centre, kind="language_check").order_by("pk"))


def contacts(cast: Cast, at: datetime, *who: str, **changes: Any) -> dict[str, Any]:
    """Who is turned to for the compatriots' line."""
    people = [cast.staff[name].pk for name in who or ("clerk@bureau", "leader")]
    return {"since": at, "people": people, "how": "先电话联系，当日书面告知。"} | changes


def roster(cast: Cast, at: datetime, *who: str, level: str = "taiwan") -> Proceeding:
    """The roster of a line in force."""
    done = do(cast, "supervisor", "line_contacts.drawn_up", None, at, level=level, **contacts(cast, at, *who))
    return Proceeding.objects.get(pk=done.order)


def standing(cast: Cast, at: datetime) -> None:
    """One in each state in which something may be done."""
    earlier = drawn(cast, later(at, days=-7))
    drawn(cast, at)
    for root in earlier:
        do(cast, "supervisor", "language_check.checked", root.pk, at, **found("record"))
    do(cast, "agent", "language_check.objected", earlier[0].pk, later(at, minutes=1), **OBJECTION)
    roster(cast, at)


def checks(cast: Cast, at: datetime) -> None:
    """One by each of the steps."""
    first, second = drawn(cast, at)
    line, then = roster(cast, at), later(at, minutes=1)
    do(cast, "leader", "line_contacts.renewed", line.pk, then, **contacts(cast, then, "clerk@heat"))
    do(cast, "leader", "line_contacts.withdrawn", line.pk, then, reason="热线并入其他热线。")
    for root, end, said in (
        (first, "upheld", UPHELD),
        (second, "changed", {"marks": marks(), "reason": "录音属实，予以改判。"}),
    ):
        do(cast, "supervisor", "language_check.checked", root.pk, later(at, minutes=1), **found("record"))
        do(cast, "agent", "language_check.objected", root.pk, later(at, minutes=2), **OBJECTION)
        do(cast, "leader", f"language_check.{end}", root.pk, later(at, minutes=3), **said)
