"""The book of proceedings: what the door must know of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import Q

from lianxin.directory.snapshot import Snapshot
from lianxin.ledger import verbs
from lianxin.ledger.acts import Act, Actor, Payload, Refused
from lianxin.ledger.books import Book, Subject
from lianxin.ledger.chain import GENESIS, instant
from lianxin.ledger.deed import World
from lianxin.ledger.models import Entry, Root
from lianxin.ledger.rows import new
from lianxin.orders.docket import Docket as OrderDocket
from lianxin.orders.holders import person_at, standing_in
from lianxin.orders.models import Order
from lianxin.orders.reach import AT_CENTRE, of_centre
from lianxin.orders.recusal import recused
from lianxin.orders.seen import Overtaken
from lianxin.rules import periods
from lianxin.rules.lifecycle import UNIT, Transition
from lianxin.rules.worktime import SHANGHAI

from . import kinds
from .deed import Deed
from .docket import Docket
from .kinds import Kind, State
from .models import About, Proceeding, Wording
from .reach import OPENS_TO, shared

_EPOCH = datetime(1970, 1, 1, tzinfo=SHANGHAI)
#: The kind of the clock that runs on a proceeding's own deadline.
DUE = "due"


class ProceedingBook(Book):
    """Proceedings of all kinds."""

    model = Proceeding

    def row(self, action: str) -> Transition:
        return kinds.row(action)

    def docket(self, root: Root, parts: Sequence[Iterable[Any]], **running: Any) -> Docket:
        assert isinstance(root, Proceeding)
        return Docket(root, **running)

    def begin(self, pk: int, centre: int, at: datetime, facts: Mapping[str, Any]) -> Docket:
        """Never on a marked clock by itself: what is carried on is carried on by people of today."""
        proceeding = new(
            Proceeding,
            id=pk,
            centre_id=centre,
            home_id=facts["home"],
            pack=facts["pack"],
            number=facts["number"],
            kind="",
            state="",
            registered_at=at,
            registered_recorded_at=at,
            node="",
            node_since=at,
            head_digest=GENESIS,
            head_recorded_at=_EPOCH,
        )
        docket = Docket(proceeding, is_new=True)
        docket.add(new(Wording, proceeding_id=pk))
        return docket

    def permit(self, act: Act, payload: Payload, docket: Any, world: World) -> Payload:
        """As the kind says: its posts, in its states; a post of a unit where its unit or person has to do with it."""
        row, root = kinds.row(act.verb), docket.root
        if act.actor.centre != root.centre_id:
            raise Refused("没有这件专办事项")
        is_new = docket.is_new and root.head_number == 0
        if is_new != verbs.find(act.verb).opens:
            raise Refused("没有这件专办事项")
        if reason := refusal(act.actor, row, root, world.directory):
            raise Refused(reason)
        if act.actor.staff in complained_of(root, None, world):
            raise Refused("没有这件专办事项")
        opened = kinds.step_of(act.verb)[0] if is_new else None
        if opened is not None and not opened.under(world.pack):
            raise Refused(f"现行规则包没有设置{opened.title}")
        if not is_new and root.state not in row.states:
            title = kinds.find(root.kind).state_title(root.state)
            raise Refused(f"现在是“{title}”，不能{row.title}")
        if reason := verbs.bars_after_erasure(verbs.find(act.verb), root, files=bool(act.files)):
            raise Refused(reason)
        _require_seen(act, root, world.others.entries.get(root.pk, ()))
        return payload

    def deed(self, docket: Any, payload: Payload, **facts: Any) -> Deed[Any]:
        return Deed(docket=docket, payload=payload, **facts)

    def derive(self, deed: Any, verb: Any, before: Any) -> dict[str, Any]:
        """`ended`: whether its new state is an end, `reopened`: whether it is none any more; the deadline that the act
        sets, and the one that it meets."""
        found: dict[str, Any] = {}
        root = deed.proceeding
        kind = kinds.find(root.kind)
        if kind.states[root.state].ended and root.ended_at is None:
            found["ended"] = True
            deed.docket.end(deed.at, deed.recorded_at)
        elif not kind.states[root.state].ended and root.ended_at is not None:
            found["reopened"] = True
            deed.docket.resume()
        step = getattr(verb, "step", None)
        due = getattr(deed.payload, "due", None) if step is not None else None
        running = [clock.id for clock in deed.docket.running_clocks() if clock.kind == DUE]
        if running and step is not None and (step.meets or due is not None):
            found["stop"] = [[clock, "met" if step.meets else "cancelled"] for clock in running]
        if due is not None and deed.docket.is_open:
            due = periods.of("day", due).end if kind.all_day else due
            warn = deed.pack.proceedings.warn.before(due, deed.outside().calendar)
            line = [kind.code, DUE, 0, instant(deed.at), instant(due), instant(max(warn, deed.at))]
            found["start"] = [[*line, "given", "", None]]
        return found

    def duties(self, deed: Any, verb: Any, derived: dict[str, Any]) -> None:
        """The limits of the tasks that the verb makes."""
        if limits := list(getattr(verb, "limits", lambda deed: ())(deed)):
            derived.setdefault("start", []).extend(limits)

    def apply(self, deed: Any, derived: Mapping[str, Any]) -> None:
        if derived.get("ended"):
            deed.docket.end(deed.at, deed.recorded_at)
        if derived.get("reopened"):
            deed.docket.resume()
        deed.docket.keep_facts(deed.recorded_at)

    def subjects(self, deed: Any, verb: Any) -> Iterator[Subject]:
        return iter(())

    def owner(self, deed: Any) -> tuple[list[Any] | None, str]:
        """Whoever holds the post that answers in this state, else who stands in; it stays where nobody can."""
        root = deed.proceeding
        if not deed.docket.is_open:
            return None, ""
        opener = (root.owner_unit_id or deed.actor.unit, root.owner_post_id or deed.actor.post)
        state, about = _asked_of(deed.directory, kinds.find(root.kind), root.state, root.unit_id, opener)
        but = complained_of(root, deed.payload, deed.outside())
        found = answering(deed.directory, state, about, deed.at, root.level, but)
        if found is not None:
            return found
        if root.owner_unit_id is None:
            raise Refused("本中心没有在岗的人员可以负责，请管理员先在“岗位”里设置A角、B角")
        return [root.node, root.owner_unit_id, root.owner_post_id, root.owner_person_id], root.vacant


def answering_for(
    directory: Snapshot, row: Mapping[str, Any], at: datetime, but: Collection[int] = ()
) -> tuple[list[Any], str] | None:
    """`answering` of an open proceeding by its columns: kind, state, unit, level, owner_unit and owner_post."""
    opener = row["owner_unit"], row["owner_post"]
    state, about = _asked_of(directory, kinds.find(row["kind"]), row["state"], row["unit"], opener)
    return answering(directory, state, about, at, row["level"], but)


def _asked_of(
    directory: Snapshot, kind: Kind, state: str, about: int | None, opener: tuple[int | None, int | None]
) -> tuple[State, int | None]:
    """The state with the post that answers in it, and the unit of that post: of a kind that its opener carries on those
    by which it was opened."""
    found = kind.states[state]
    if not kind.of_opener or found.ended:
        return found, about
    unit, post = opener
    line = directory.posts.get(post or 0)
    at_centre = unit == directory.root.id
    return replace(found, post=line.role if line else found.post, at="centre" if at_centre else "unit"), unit


def complained_of(root: Proceeding, payload: Any, world: World) -> frozenset[int]:
    """Of whom the orders complain that the proceeding is about, or that are of the matter (C64): none of them has to do
    with it, but where it is shown to each without what complains of him.  Asked only where the pack has people named.
    """
    now = world.directory.pack_now
    if now is None or not now.sight.recused_by or root.kind in shared():
        return frozenset()
    about = About.objects.filter(proceeding=root.pk, role="subject", to_order__isnull=False)
    ids = {*getattr(payload, "orders", ()), *about.values_list("to_order", flat=True)}
    here = {pk: docket.order for pk, docket in world.others.dockets.items() if isinstance(docket, OrderDocket)}
    its = Q(pk__in=ids) | Q(matter=root.pk)
    rest = Order.objects.filter(its, recused__isnull=False).exclude(pk__in=here.keys())
    named = [recused(order) for pk, order in here.items() if pk in ids or order.matter_id == root.pk]
    return frozenset[int]().union(*named, *(people or () for people in rest.values_list("recused", flat=True)))


def answering(
    directory: Snapshot, state: State, about: int | None, at: datetime, level: str = "", but: Collection[int] = ()
) -> tuple[list[Any], str] | None:
    """([node, unit, post, person], the role that should answer and is vacant) of a proceeding about that unit in this
    state and of that level: whoever holds the post, else who stands in, in the unit and then at the centre, and is none
    of `but`; None where nobody can."""
    home = directory.root.id
    node, unit = ("unit", about) if state.at == "unit" and about is not None else ("centre", home)
    post = state.answering(level)
    try:
        return [node, unit, *person_at(directory, unit, post, at, but=but)], ""
    except Refused:
        for place in dict.fromkeys((unit, home)):
            if (line := standing_in(directory, place, post, at, but=but)) is not None:
                return [node, place, *line], post
    return None


def refusal(actor: Actor, row: Transition, root: Proceeding, directory: Snapshot) -> str:
    """Why `actor` may not take the action of `row` on this proceeding, in Chinese; `""` if he may."""
    if actor.role not in row.posts or (actor.role in AT_CENTRE and not of_centre(directory, actor.unit)):
        return f"您的岗位不能{row.title}"
    kind = kinds.kind_of(row.action)
    if kind is not None and root.head_number == 0 and not kind.opened_in(directory, actor.unit):
        return f"您所在的单位不能{row.title}"
    if kind is not None and kind.of_opener and root.head_number and actor.role != "system":
        if actor.unit == root.owner_unit_id:
            return ""
        knows = actor.role not in UNIT or _is_called(actor, root)
        return f"只有立项的单位可以{row.title}" if knows else "没有这件专办事项"
    if actor.role not in UNIT or root.head_number == 0:
        return ""
    if actor.unit in (root.unit_id, root.owner_unit_id) or _is_called(actor, root):
        return ""
    return "没有这件专办事项"


def _is_called(actor: Actor, root: Proceeding) -> bool:
    """Whether the actor's unit or he himself was called to it."""
    mine = Q(to_unit=actor.unit) | Q(to_person=actor.staff)
    return About.objects.filter(mine, proceeding=root.pk, role__in=OPENS_TO, until=None).exists()


def _require_seen(act: Act, root: Proceeding, batch: Iterable[Entry]) -> None:
    """Raise `Overtaken` if it holds what the actor has not seen and is bound to see (`orders.seen`)."""
    if act.seen is None or act.seen >= root.head_number or not verbs.get(act.verb).decides:
        return
    stored = Entry.objects.filter(proceeding=root.pk, number__gt=act.seen).order_by("number")
    fresh = [entry for entry in (*stored, *batch) if entry.number > act.seen and entry.staff_id != act.actor.staff]
    numbers = [entry.number for entry in fresh if verbs.get(entry.action).alters]
    if numbers:
        raise Overtaken(numbers)


PROCEEDINGS = ProceedingBook()
