"""What one record makes of another: tasks out of what was decided, and from which record a record came.

A record that is made from another is opened by an act on that one alone (`Follow`), and says so by an `About`: nobody
opens it by itself, and none is skipped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import Field

from lianxin.ledger.acts import Payload
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Instant, UnitId, widget
from lianxin.ledger.verbs import Follow
from lianxin.orders.models import Order
from lianxin.proceedings.abouts import Text, Title
from lianxin.proceedings.deed import Deed
from lianxin.proceedings.docket import Docket
from lianxin.proceedings.drawing import orders_of
from lianxin.proceedings.models import About, Proceeding
from lianxin.rules.worktime import show_due

HIDDEN = widget("none")
#: What was decided, as a task of its own (`kinds.resolution`).
TASK, TO_UNIT, TO_CENTRE = "resolution", "resolution.assigned", "resolution.kept"
#: So many signs of what is to be done are its title.
NAMED = 40


class Before(Payload):
    """From which record it was made; its orders come with it."""

    title: Title
    text: Text
    origin: str = Field(title="依据")
    about: int = Field(json_schema_extra=HIDDEN)
    orders: tuple[int, ...] = Field((), json_schema_extra=HIDDEN)


class Assigning(Payload):
    """What is to be done, by whom, and until when."""

    task: Text = Field(title="落实事项")
    charged: UnitId | None = Field(None, title="落实单位（不填即本中心）", json_schema_extra=widget("unit"))
    deadline: Instant = Field(title="完成时限")
    #: filled in by the ledger: the task that it makes
    proceeding: int = Field(0, json_schema_extra=HIDDEN)


def reserved(verb: str) -> Callable[[Deed[Any]], Mapping[str, Any]]:
    """The id of the record that this act opens by that verb."""

    def found(deed: Deed[Any]) -> Mapping[str, Any]:
        return {"proceeding": deed.outside().others.reserve(verb, deed.proceeding.centre_id, deed.at)}

    return found


def before(deed: Deed[Any], title: str, text: str) -> dict[str, Any]:
    """What a record that is made from this one says of it (`Before`)."""
    root = deed.proceeding
    return {"title": title, "text": text, "origin": root.number, "about": root.pk, "orders": list(orders_of(deed))}


def made_from(deed: Deed[Any], root: int) -> int | None:
    """The record from which that one was made; None where it was opened by itself."""
    spoken = About.objects.filter(proceeding=root, role="subject", to_proceeding__isnull=False)
    here = deed.outside().others.dockets.get(root)
    rows = [row for row in here.added if isinstance(row, About) and row.to_proceeding_id] if here is not None else []
    return next((row.to_proceeding_id for row in (*spoken.order_by("pk"), *rows)), None)


# --- tasks ------------------------------------------------------------------------------------
def can_do(deed: Deed[Any]) -> None:
    """Check of `Assigning`: a unit that handles, and a deadline to come."""
    payload, directory = deed.payload, deed.directory
    require(payload.deadline > deed.at, "deadline", "完成时限应晚于现在")
    line = directory.units.get(payload.charged) if payload.charged is not None else None
    if payload.charged is not None:
        fits = line is not None and line.active and directory.serves_as(payload.charged) != "body"
        require(fits, "charged", "请选择在用的承办单位；监督联络机构不承担落实事项")


def given(deed: Deed[Assigning]) -> Iterator[Follow]:
    """The task of its own, in the hands of the unit or of the centre."""
    payload, home = deed.payload, deed.directory.root.id
    ours = payload.charged in (None, home)
    said = before(deed, payload.task[:NAMED], payload.task)
    said |= {"unit": home if ours else payload.charged, "due": payload.deadline}
    yield Follow(TO_CENTRE if ours else TO_UNIT, payload.proceeding, said)


def tasks(deed: Deed[Any], root: int | None = None) -> list[Proceeding]:
    """The tasks that were made from this record (or from that one), as they stand in this batch, the first first."""
    others, about = deed.outside().others, root or deed.proceeding.pk
    stored = Proceeding.objects.filter(kind=TASK, abouts__to_proceeding=about, abouts__role="subject")
    found = {row.pk: row for row in stored.select_related("wording").order_by("pk")}
    for pk, docket in others.dockets.items():
        if isinstance(docket, Docket) and docket.root.kind == TASK and pk not in others.spoilt:
            of_it = any(isinstance(row, About) and row.to_proceeding_id == about for row in docket.added)
            if pk in found or of_it:
                found[pk] = docket.root
    return [found[pk] for pk in sorted(found)]


def each_is_done(deed: Deed[Any]) -> None:
    """Refuse while one of its tasks is open, or where it has none."""
    mine = tasks(deed)
    require(mine, "", "还没有交办落实事项")
    still = [task.number for task in mine if task.ended_at is None]
    require(not still, "", f"还有落实事项没有完成：{'、'.join(still)}")


def listed(deed: Deed[Any], mine: Iterable[Proceeding]) -> str:
    """These tasks, a line each: who does what until when, and what came of it."""
    lines = []
    for n, task in enumerate(mine, 1):
        unit = deed.directory.units.get(task.unit_id or 0)
        until = f"（{show_due(task.due_at)}前）" if task.due_at is not None else ""
        result = _result(deed, task)
        came = f"。落实情况：{result}" if result else "。"
        lines.append(f"{n}. {unit.name if unit else '—'}：{_words(deed, task)}{until}{came}")
    return "\n".join(lines)


def _words(deed: Deed[Any], task: Proceeding) -> str:
    here = deed.outside().others.dockets.get(task.pk)
    return (here.said() if isinstance(here, Docket) else task.wording).text.rstrip("。")


def _result(deed: Deed[Any], task: Proceeding) -> str:
    said = deed.outside().others.said(task, f"{TASK}.reported", f"{TASK}.carried_out")
    return str(said[-1].enclosure.body.get("result", "")) if said else ""


# --- leaders ----------------------------------------------------------------------------------
def leads(deed: Deed[Any], person: int) -> bool:
    """Whether that person holds a leader's post of the centre."""
    directory = deed.directory
    return any(post.unit == directory.root.id and post.role == "leader" for post in directory.posts_of(person))


def acts_for(deed: Deed[Any], people: Sequence[int]) -> bool:
    """Whether the actor is one of these people, or takes the post of one of them; any leader, where none of them is
    one any more."""
    posts = deed.directory.posts_at(deed.directory.root.id, "leader")
    mine = next((post.holder_a for post in posts if post.id == deed.actor.post), None)
    gone = not any(leads(deed, person) for person in people)
    return gone or deed.actor.staff in people or mine in people


def in_short(orders: Iterable[Order], open_: Iterable[str]) -> str:
    """How many orders there are and how far they have come."""
    rows, running = list(orders), frozenset(open_)
    if not rows:
        return ""
    still = sum(order.state in running for order in rows)
    again = sum(order.round > 1 for order in rows)
    more = f"；其中重办 {again} 件" if again else ""
    return f"涉及工单 {len(rows)} 件，已办结 {len(rows) - still} 件，在办 {still} 件{more}。"
