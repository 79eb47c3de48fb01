"""The verbs that an order page offers: what this post may take now, and what it will look for in vain, with its reason.

Which verbs: `lifecycle` and `access`.  Why one may not be taken: the verb's own check, asked in advance.  How a verb
looks, and whether it comes next: its face.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from lianxin.ledger import verbs
from lianxin.ledger.acts import Refused
from lianxin.ledger.deed import World
from lianxin.ledger.others import Others
from lianxin.orders.access import Grounds, offered, standing
from lianxin.orders.deed import Deed
from lianxin.orders.docket import Docket
from lianxin.orders.duties import barring
from lianxin.orders.models import Order, Share
from lianxin.orders.neighbours import Neighbours
from lianxin.orders.permit import must_wait
from lianxin.rules import lifecycle
from lianxin.rules.lifecycle import OPEN, SHARE_TITLES, Transition

from . import faces
from .dossier import Dossier
from .faces import UNMASK, Face, Step
from .seats import Seat
from .todo import Todo, todos


@dataclass(frozen=True, slots=True)
class Offer:
    """One verb; with `reason` it is shown grey and cannot be taken."""

    action: str
    title: str
    look: Face
    url: str = ""
    share: int | None = None
    reason: str = ""

    @property
    def one_click(self) -> bool:
        return self.look.one_click


@dataclass(slots=True)
class Offers:
    """The action panel: one primary verb, the rest by heading."""

    primary: Offer | None = None
    main: list[Offer] = field(default_factory=list)
    inner: list[Offer] = field(default_factory=list)
    more: list[Offer] = field(default_factory=list)
    refused: list[Offer] = field(default_factory=list)
    #: whether the caller's number may be looked at, beside which this is asked
    unmasks: bool = False
    #: the duties that lie on the order, each with what may be done about it
    todos: list[tuple[Todo, list[Offer]]] = field(default_factory=list)

    def instead_of(self, action: str) -> list[Offer]:
        """The other ways to decide what `action` decides, as far as they may be taken now."""
        taken = [offer for offer in (self.primary, *self.main) if offer is not None]
        return [offer for offer in taken if offer.action in faces.of(action).instead]


class Looking(Neighbours):
    """Other orders for one who only asks: read, not locked."""

    def __init__(self) -> None:
        super().__init__(Others())
        self.batch.show(Neighbours, self)

    def find(self, asker: Order, *, pk: int | None = None, number: str = "") -> Order | None:
        wanted = {"pk": pk} if pk is not None else {"number": number}
        return Order.objects.filter(centre=asker.centre_id, **wanted).first()

    def upstream_taken(self, centre: int, number: str) -> bool:
        return Order.objects.filter(centre=centre, upstream_number=number).exists()


def offers(seat: Seat, dossier: Dossier) -> Offers:
    """What the seat may do with the order now.  Empty for one who only looks."""
    panel = Offers()
    known = [todo for todo in todos(seat, dossier) if todo.mine or dossier.is_whole]
    panel.todos = [(todo, [_about(todo, action, dossier) for action in todo.may]) for todo in known]
    if not seat.acting:
        return panel
    docket = dossier.docket()
    allowed = offered(seat.actor, dossier.grounds)
    panel.unmasks = any(row.action == UNMASK for row, _ in allowed)
    places = {action: n for n, action in enumerate(faces.in_order())}
    beside = {UNMASK, *faces.DUTY}
    found = [(row, share) for row, share in allowed if row.action in places and row.action not in beside]
    several = len({share.pk for _, share in found if share}) > 1
    for row, share in sorted(found, key=lambda pair: places[pair[0].action]):
        if _nobody_below(row, share, seat, dossier):
            continue
        reason = _sounded(row, share, seat, dossier, docket)
        if reason and faces.of(row.action).silent:
            continue
        offer = _offer(row, share, seat, dossier, several and not seat.in_unit, reason)
        _place(panel, offer, Step(dossier.order, share, dossier.petitions_of(share), dossier.unhappy))
    panel.refused += _sought_in_vain(seat, dossier, {row.action for row, _ in found})
    _duty_first(panel, seat)
    return panel


def next_verb(seat: Seat, step: Step, shares: list[Share], among: Iterable[str] = ()) -> str:
    """The verb that comes next for this seat, as the order page would put it first; `""` if none does.  `among`: the
    first of these that the seat may take now, whether it would come next by itself or not.

    For the rows of a queue: a verb's own check is not asked, its face says by the step whether it is its turn.
    """
    turns = (action for action in among or faces.coming() if (turn := faces.of(action).next) is None or turn(step))
    return next((action for action in turns if may_now(seat, step, shares, action)), "")


def may_now(seat: Seat, step: Step, shares: list[Share], action: str) -> bool:
    """Whether this seat may take the action on what a row of a queue is about; the verb's own check is not asked."""
    # Only what a post sees whole stands in its queues.
    grounds = Grounds(step.order, shares, seat.directory, tuple)
    about = step.share if lifecycle.find(action).shares else None
    return seat.acting and standing(seat.actor, action, grounds, about).may


def _place(panel: Offers, offer: Offer, step: Step) -> None:
    face = offer.look
    if offer.reason:
        panel.refused.append(offer)
    elif panel.primary is None and face.place == "main" and face.next is not None and face.next(step):
        panel.primary = offer
    else:
        getattr(panel, face.place).append(offer)


def _offer(row: Transition, share: Share | None, seat: Seat, dossier: Dossier, named: bool, reason: str) -> Offer:
    title = row.title
    if share is not None and named:
        title = f"{title}（{dossier.unit_name(share.unit_id)}）"
    url = f"{dossier.order_url}{row.action}/"
    if share is not None:
        url += f"?share={share.pk}"
    return Offer(row.action, title, faces.of(row.action), url, share.pk if share else None, reason)


def _duty_first(panel: Offers, seat: Seat) -> None:
    """What lies on this very seat comes before whatever else it may do with the order."""
    todo, acts = panel.todos[0] if panel.todos else (None, [])
    if todo is None or not todo.mine:
        return
    if acts and acts[0].action in faces.MEETS:
        first = acts.pop(0)
    elif (found := _meets(panel, todo, seat)) is not None:
        first = found
    else:
        return
    if panel.primary is not None:
        panel.main.insert(0, panel.primary)
    panel.primary = replace(first, title=f"{first.title}：{todo.rule.title}")


def _meets(panel: Offers, todo: Todo, seat: Seat) -> Offer | None:
    """The verb whose event meets the duty, taken out of where it stood; None where it comes next already, or cannot be
    taken now."""
    action = faces.meeting(todo.rule, seat.takes)
    for place in (panel.main, panel.more):
        for offer in place:
            if offer.action == action and offer.share in (None, todo.task.share_id):
                place.remove(offer)
                return offer
    return None


def _about(todo: Todo, action: str, dossier: Dossier) -> Offer:
    """One verb about a duty: its form is named by the duty's id, as others are by their share's."""
    url = f"{dossier.order_url}{action}/?share={todo.task.pk}"
    return Offer(action, lifecycle.find(action).title, faces.of(action), url, todo.task.pk)


def _nobody_below(row: Transition, share: Share | None, seat: Seat, dossier: Dossier) -> bool:
    """Handing down needs somebody below, taking back something that was handed down."""
    if row.action == "share.taken_back" and share is not None:
        return not any(other.parent_id == share.pk and other.is_running for other in dossier.shares)
    if row.action != "share.delegated" or share is None:
        return False
    return not any(unit.parent == share.unit_id and unit.active for unit in seat.directory.units.values())


def deed_of(seat: Seat, dossier: Dossier, payload: Any, share: Share | None, docket: Docket) -> Deed[Any]:
    """A deed that only asks: nothing is written from it."""
    return Deed(
        docket=docket,
        actor=seat.actor,
        payload=payload,
        at=seat.now,
        recorded_at=seat.now,
        entry_number=dossier.order.head_number + 1,
        world=World(seat.directory, dossier.pack, Looking().batch),
        share=share,
    )


def _sounded(row: Transition, share: Share | None, seat: Seat, dossier: Dossier, docket: Docket) -> str:
    """What the verb itself says against it, whatever is filled in; `""` if nothing."""
    verb, sound = verbs.get(row.action), faces.of(row.action).sound
    for task, rule in barring(docket, dossier.pack, row.action, share):
        return must_wait(row, task, rule, seat.directory)
    barred = verbs.bars_after_erasure(verb, dossier.order)
    if barred or sound is None:
        return barred
    deed = deed_of(seat, dossier, verb.payload.model_construct(**sound), share, docket)
    try:
        deed.payload = verb.resolve(deed)
        verb.check(deed)
    except Refused as refused:
        return refused.problems.get("", "")
    return ""


def _sought_in_vain(seat: Seat, dossier: Dossier, allowed: set[str]) -> list[Offer]:
    """Verbs that the unit will look for while its share stands elsewhere, with where it stands."""
    own = [share for share in dossier.shares if share.unit_id == seat.post.unit and share.is_running]
    if not seat.in_unit or not own or dossier.order.state not in OPEN:
        return []
    share = own[-1]
    found = []
    for action, face in faces.FACES.items():
        row = lifecycle.find(action)
        if not face.sought or action in allowed or not seat.takes(action):
            continue
        if row.share_roles and share.role not in row.share_roles:
            reason = "协办单位提交协办意见，由主办单位答复"
        else:
            reason = f"承办件现在是“{SHARE_TITLES[share.state]}”"
            reason += "，签收后可以" if share.state == "pending" else ""
        found.append(Offer(action, row.title, face, reason=reason))
    return found
