"""The book of orders: what the door must know of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from lianxin.directory.snapshot import Snapshot
from lianxin.ledger import verbs
from lianxin.ledger.acts import Act, Payload
from lianxin.ledger.books import Ahead, Book, Subject
from lianxin.ledger.chain import GENESIS
from lianxin.ledger.deed import World
from lianxin.ledger.models import Entry, Root
from lianxin.ledger.others import Others
from lianxin.ledger.rows import new
from lianxin.rules import lifecycle
from lianxin.rules.lifecycle import OPEN, OrderState, Transition
from lianxin.rules.worktime import SHANGHAI

from . import counting, duties, duty_limits, flags, holders, late_duties
from .about import AboutShare, AboutTask
from .callers import protect
from .deed import Deed
from .docket import Docket
from .models import Caller, Order, Share
from .neighbours import Neighbours
from .permit import permit
from .recount import Before, moves, order_facts, recounted, share_facts
from .recusal import recused, require_another

#: Earlier than any entry.
_EPOCH = datetime(1970, 1, 1, tzinfo=SHANGHAI)


class OrderBook(Book):
    """Orders and their shares."""

    model = Order
    parts = (Share,)

    def row(self, action: str) -> Transition:
        return lifecycle.find(action)

    def docket(self, root: Root, parts: Sequence[Iterable[Any]], **running: Any) -> Docket:
        assert isinstance(root, Order)
        return Docket(root, shares=parts[0], **running)

    def begin(self, pk: int, centre: int, at: datetime, facts: Mapping[str, Any]) -> Docket:
        order = new(
            Order,
            id=pk,
            centre_id=centre,
            home_id=facts["home"],
            pack=facts["pack"],
            number=facts["number"],
            marked_clock=facts["marked"],
            state=OrderState.REGISTERED,
            received_at=at,
            registered_at=at,
            registered_recorded_at=at,
            node="",
            node_since=at,
            head_digest=GENESIS,
            head_recorded_at=_EPOCH,
        )
        return Docket(order, is_new=True)

    def ahead(self, acts: Sequence[Act], directory: Snapshot, others: Others) -> Ahead | None:
        return flags.ahead(acts, directory.centre_id, directory.area_code, others)

    def permit(self, act: Act, payload: Payload, docket: Any, world: World) -> Payload:
        return permit(act, payload, docket, world)

    def protect(self, payload: Payload, directory: Snapshot) -> Payload:
        return protect(payload, directory.area_code)

    def deed(self, docket: Any, payload: Payload, **facts: Any) -> Deed[Any]:
        about = payload.share if isinstance(payload, AboutShare | AboutTask) else None
        return Deed(docket=docket, payload=payload, share=docket.all_shares[about] if about else None, **facts)

    def registered(self, docket: Any, others: Others) -> None:
        others.by(Neighbours).note(docket.order)
        caller = next((row for row in docket.added if isinstance(row, Caller)), None)
        digest = bytes(caller.phone_hash) if caller and caller.phone_hash else None
        others.by(flags.Callers).note(docket.order, digest)

    def passed(self, deed: Any, action: str) -> tuple[int, ...]:
        return tuple(task.id for task, _ in duties.barring(deed.docket, deed.pack, action, deed.share))

    def before(self, docket: Any) -> Before:
        return Before(docket)

    def derive(self, deed: Any, verb: verbs.Verb[Any, Any], before: Before | None) -> dict[str, Any]:
        """`holders`: of new shares, and of those whose holder has left; clocks that a changed fact moves."""
        require_another(deed)
        lines = [holders.holder(deed, share) for share in deed.begun] + holders.successors(deed)
        holders.set_holders(deed, lines)
        derived: dict[str, Any] = {"holders": lines, "placed": duties.placed_anew(deed)}
        duties.place(deed.docket, derived["placed"])
        derived["counts"] = counting.of(deed, verb)
        counting.apply(deed.order, derived["counts"])
        if before is not None:
            derived |= moves(deed, before)
            derived["called"] = late_duties.called(deed, before)
        if clocks := verb.recounts(deed):
            derived |= recounted(deed, clocks)
        return derived

    def duties(self, deed: Any, verb: Any, derived: dict[str, Any]) -> None:
        duties.follow(deed, verb, derived)

    def limits(self, deed: Any, derived: dict[str, Any]) -> None:
        duty_limits.settled(deed, derived)

    def follows(self, deed: Any, verb: Any) -> Iterator[verbs.Follow]:
        return counting.told(deed, verb)

    def apply(self, deed: Any, derived: Mapping[str, Any]) -> None:
        holders.set_holders(deed, derived.get("holders", []))
        duties.place(deed.docket, derived.get("placed", []))
        counting.apply(deed.order, derived.get("counts", {}))

    def hears(self, deed: Any, verb: verbs.Verb[Any, Any]) -> frozenset[int]:
        if deed.share is None:
            return frozenset()
        line = deed.docket.line(deed.share) if verb.upward else [deed.share]
        return frozenset(share.id for share in line)

    def subjects(self, deed: Any, verb: verbs.Verb[Any, Any]) -> Iterator[Subject]:
        facts = {"order": order_facts(deed.order, deed.outside(), deed.at)}
        if deed.order.state in OPEN:
            yield Subject("order", 0, facts)
        for share in duties.rung(deed) if verb.action == duties.RUNG else deed.parts(verb):
            yield Subject("share", share.id, facts | {"share": share_facts(share, deed.directory)})
        for task in deed.asked:
            share = deed.docket.all_shares.get(task.share_id or 0)
            about = {"share": share_facts(share, deed.directory)} if share else {}
            yield Subject("task", task.id, facts | about | {"task": {"kind": task.kind}})

    def owner(self, deed: Any) -> tuple[list[Any] | None, str]:
        return holders.owner(deed)

    def kept_from(self, deed: Any) -> frozenset[int]:
        """Of whom it complains (C64)."""
        return recused(deed.order)

    def newly(self, deed: Any, entry: Entry) -> Iterator[int | None]:
        """A new holder because the old one has left is told like any other."""
        yield from (deed.docket.all_shares[line[0]].holder_id for line in entry.derived.get("holders", ()))


ORDERS = OrderBook()
