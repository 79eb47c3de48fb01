"""The verbs that an order page offers: what this post may take now, and what it will look for in vain, with its reason.

Which verbs: `lifecycle` and `access`.  Why one may not be taken: the verb's own check, asked in advance.  This module
adds only how a verb looks: its icon, its key, its place.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse

from lianxin.orders import verbs
from lianxin.orders.access import offered
from lianxin.orders.acts import Refused
from lianxin.orders.deed import Deed, World
from lianxin.orders.docket import Docket
from lianxin.orders.models import Order, Share
from lianxin.orders.neighbours import Neighbours
from lianxin.rules import lifecycle
from lianxin.rules.lifecycle import OPEN, SHARE_TITLES, Transition

from .dossier import Dossier
from .seats import Seat


@dataclass(frozen=True, slots=True)
class Look:
    """How a verb is shown: the key that opens it, its icon, and under which heading (main, inner, more)."""

    icon: str
    key: str = ""
    group: str = "main"


#: In this order; the first that is allowed is the primary one.
LOOKS: dict[str, Look] = {
    "share.signed": Look("signature", "Q"),
    "order.dispatched": Look("send", "D"),
    "return.decided": Look("clipboard-check", "T"),
    "extension.decided": Look("clipboard-check", "E"),
    "share.unit_audited": Look("clipboard-check", "S"),
    "share.passed": Look("clipboard-check", "S"),
    "share.sent_back": Look("arrow-back-up", "B"),
    "callback.recorded": Look("phone-check", "R"),
    "order.closed": Look("check", "O"),
    "share.replied": Look("signature", "R"),
    "share.opined": Look("message-2", "R"),
    "share.contacted": Look("phone", "C"),
    "share.progressed": Look("notes", "N"),
    "callback.tried": Look("phone-off", "U"),
    "order.rehandled": Look("refresh", "H"),
    "order.answered": Look("message-circle", "A"),
    "order.redirected": Look("arrow-guide", "Y"),
    "order.merged": Look("git-merge", "M"),
    "remark.answered": Look("message-2", "W"),
    "extension.filed": Look("calendar-plus", "E"),
    "return.filed": Look("arrow-back-up", "T"),
    "inner.assigned": Look("user", "A", "inner"),
    "inner.returned": Look("arrow-back-up", "", "inner"),
    "inner.handled": Look("notes", "", "inner"),
    "inner.replied": Look("message-2", "", "inner"),
    "inner.audited": Look("clipboard-check", "", "inner"),
    "share.delegated": Look("arrows-split", "", "inner"),
    "share.transferred": Look("users", "", "inner"),
    "share.taken_back": Look("arrow-back-up", "", "inner"),
    "order.urged": Look("bell", "", "more"),
    "remark.asked": Look("message-circle", "", "more"),
    "share.reassigned": Look("send", "", "more"),
    "order.recalled": Look("arrow-back-up", "", "more"),
    "share.role_changed": Look("users", "", "more"),
    "share.released": Look("x", "", "more"),
    "order.unmerged": Look("arrows-split", "", "more"),
    "share.added": Look("plus", "", "more"),
    "order.supplemented": Look("edit", "", "more"),
    "order.corrected": Look("edit", "", "more"),
    "order.caller_corrected": Look("phone", "", "more"),
    "order.words_corrected": Look("edit", "", "more"),
    "order.limit_set": Look("calendar-plus", "", "more"),
    "order.linked": Look("link", "", "more"),
    "order.withdrawn": Look("x", "", "more"),
    "order.invalidated": Look("ban", "", "more"),
    "order.reopened": Look("lock-open", "", "more"),
    "order.excluded": Look("eye-off", "", "more"),
}
#: Asked beside the masked number, not in the panel.
UNMASK = "caller.unmasked"
#: Nothing is asked: the button itself does it.
ONE_CLICK = frozenset({"share.signed"})

#: Verbs whose check can be asked before anything is filled in, with a payload that passes the fields.
_SOUNDED: dict[str, dict[str, Any]] = {
    "return.filed": {},
    "extension.filed": {"workdays": 1},
    "order.closed": {},
    "order.rehandled": {},
    "share.passed": {},
    "share.sent_back": {},
    "share.unit_audited": {"approved": True},
    "remark.answered": {},
    "remark.asked": {},
    "share.released": {},
    "return.decided": {"approved": False},
    "extension.decided": {"approved": False},
}
#: Of these nobody wonders where they are: there is nothing to decide.
_SILENT = frozenset(
    {"return.decided", "extension.decided", "share.unit_audited", "remark.answered", "remark.asked", "share.released"}
)
#: What a unit looks for while it has the order.
_SOUGHT = ("share.replied", "share.contacted", "extension.filed", "return.filed")


@dataclass(frozen=True, slots=True)
class Offer:
    """One verb; with `reason` it is shown grey and cannot be taken."""

    action: str
    title: str
    look: Look
    url: str = ""
    share: int | None = None
    reason: str = ""

    @property
    def one_click(self) -> bool:
        return self.action in ONE_CLICK


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


class _Looking(Neighbours):
    """Other orders for one who only asks: read, not locked."""

    def find(self, asker: Order, *, pk: int | None = None, number: str = "") -> Order | None:
        wanted = {"pk": pk} if pk is not None else {"number": number}
        return Order.objects.filter(centre=asker.centre_id, **wanted).first()


def offers(seat: Seat, dossier: Dossier) -> Offers:
    """What the seat may do with the order now.  Empty for one who only looks."""
    panel = Offers()
    if not seat.acting:
        return panel
    docket = dossier.docket()
    # On a repeat the unit that handles its main order may look at the caller's number.
    allowed = offered(seat.actor, dossier.order, dossier.shares + dossier.shares_above, seat.directory)
    panel.unmasks = any(row.action == UNMASK for row, _ in allowed)
    found = [(row, share) for row, share in allowed if row.action in LOOKS]
    places = list(LOOKS)
    several = len({share.pk for _, share in found if share}) > 1
    for row, share in sorted(found, key=lambda pair: places.index(pair[0].action)):
        if _nobody_below(row, share, seat, dossier):
            continue
        reason = _sounded(row, share, seat, dossier, docket)
        if reason and row.action in _SILENT:
            continue
        offer = _offer(row, share, seat, dossier, several and not seat.in_unit, reason)
        _place(panel, offer)
    panel.refused += _sought_in_vain(seat, dossier, {row.action for row, _ in found})
    return panel


def _place(panel: Offers, offer: Offer) -> None:
    if offer.reason:
        panel.refused.append(offer)
    elif panel.primary is None and offer.look.group == "main":
        panel.primary = offer
    else:
        getattr(panel, offer.look.group).append(offer)


def _offer(row: Transition, share: Share | None, seat: Seat, dossier: Dossier, named: bool, reason: str) -> Offer:
    title = row.title
    if share is not None and named:
        title = f"{title}（{dossier.unit_name(share.unit_id)}）"
    url = reverse("desk:act", args=[dossier.order.number, row.action])
    if share is not None:
        url += f"?share={share.pk}"
    return Offer(row.action, title, LOOKS[row.action], url, share.pk if share else None, reason)


def _nobody_below(row: Transition, share: Share | None, seat: Seat, dossier: Dossier) -> bool:
    """Handing down needs somebody below, taking back something that was handed down."""
    if row.action == "share.taken_back" and share is not None:
        return not any(other.parent_id == share.pk and other.is_running for other in dossier.shares)
    if row.action != "share.delegated" or share is None:
        return False
    return not any(unit.parent == share.unit_id and unit.active for unit in seat.directory.units.values())


def _sounded(row: Transition, share: Share | None, seat: Seat, dossier: Dossier, docket: Docket) -> str:
    """What the verb itself says against it, whatever is filled in; `""` if nothing."""
    verb = verbs.get(row.action)
    barred = verbs.bars_after_erasure(verb, dossier.order)
    if barred or row.action not in _SOUNDED:
        return barred
    deed: Deed[Any] = Deed(
        docket=docket,
        actor=seat.actor,
        payload=verb.payload.model_construct(**_SOUNDED[row.action]),
        at=seat.now,
        recorded_at=seat.now,
        entry_number=dossier.order.head_number + 1,
        world=World(seat.directory, dossier.pack, _Looking([], {})),
        share=share,
    )
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
    for action in _SOUGHT:
        row = lifecycle.find(action)
        if action in allowed or seat.role not in row.posts:
            continue
        if row.share_roles and share.role not in row.share_roles:
            reason = "协办单位提交协办意见，由主办单位答复"
        else:
            reason = f"承办件现在是“{SHARE_TITLES[share.state]}”"
            reason += "，签收后可以" if share.state == "pending" else ""
        found.append(Offer(action, row.title, LOOKS[action], reason=reason))
    return found
