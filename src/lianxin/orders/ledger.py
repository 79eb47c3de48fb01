"""The one door.  Everything that happens to an order goes through `record` or `record_many`.

In one transaction: lock the orders, ask the lifecycle and access whether this post may do this now, run the
verb's check and effect, start and stop clocks, find the owner, append the entry to the chain, write, and queue
the notices.  `record` is `record_many` of one act, so both leave the same rows.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import Error, IntegrityError, OperationalError, transaction
from django.utils import timezone
from psycopg import errors

from lianxin.directory import snapshot
from lianxin.directory.snapshot import Snapshot
from lianxin.rules import lifecycle
from lianxin.rules.lifecycle import OrderState
from lianxin.rules.policy import PolicyError
from lianxin.rules.serving import serves
from lianxin.rules.worktime import SHANGHAI

from . import attachments, attest, backdated, news, receipts, store, verbs
from .about import AboutShare, share_of
from .access import refusal
from .acts import Act, Actor, Payload, Refused
from .callers import protect
from .chain import GENESIS, enclose, entry_digest
from .deed import Deed, World
from .docket import Docket
from .models import FORMAT, Enclosure, Entry, Notice, Order, Share, part_id
from .neighbours import Neighbours
from .recount import Before
from .rows import new
from .seen import require_seen
from .settle import derive, enter, settle

serves("E34")

#: A person's watch may be a little ahead of the server's.
AHEAD = timedelta(minutes=5)
#: How often a batch is tried that lost a race (the same key, the same upstream number, a deadlock).
TRIES = 3
#: From how many acts on a batch is worth its own arrangements.
LARGE = 100
#: Earlier than any entry.
_EPOCH = datetime(1970, 1, 1, tzinfo=SHANGHAI)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What came of an act: its order and entry number; `repeated` if the key had been done before.

    `after` is the order in hand as this batch leaves it, for whoever wants to say so; None where it was repeated.
    """

    order: int
    entry: int
    repeated: bool = False
    after: Docket | None = field(default=None, compare=False, repr=False)


def record(act: Act, along: Sequence[store.Statement] = ()) -> Recorded:
    """Do one act.  Raises `Refused`, with a Chinese sentence per field, and then changes nothing.

    `along` is what its sender keeps outside the book, and wants done if the act is, in the same transaction: that the
    draft of the form goes.  None of it is done for a request that had been done before.
    """
    result = record_many([act], along=along)[0]
    assert isinstance(result, Recorded)
    return result


def record_many(
    acts: Sequence[Act], *, collect: bool = False, along: Sequence[store.Statement] = ()
) -> list[Recorded | Refused]:
    """Do many acts, in their order, in one transaction; a result for each.

    A refused act raises, and nothing of the batch is done.  With `collect` it is answered by its `Refused`; so are
    all other acts of this batch on the same order, earlier ones too, and those on orders that relied on it (merged
    into it).  All other orders are done.
    A registration may be named by later acts of the batch: its `order` is a negative number of the caller's
    choice, and so is theirs.
    """
    for left in reversed(range(TRIES)):
        try:
            with transaction.atomic(), _unswept(len(acts)):
                return _Batch(acts, collect).run(along)
        except (IntegrityError, OperationalError) as error:
            if _constraint(error) == "one_attestation_a_number":
                # Committed, and never told so: whatever came between, this thread goes on as another writer.
                attest.renew()
                if left:
                    continue
            sentence = _refusal_of(error)
            if sentence is None:
                raise
            # Somebody else was faster: what he did is in the tables now, so the next try meets it as a fact.
            if not left:
                raise sentence from error
    raise AssertionError("the last try returns or raises")


@contextmanager
def _unswept(acts: int) -> Iterator[None]:
    """No garbage collection during a large batch: its rows all live to the end, and going through them again and
    again in search of what does not took a fifth of the time."""
    if acts < LARGE or not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class _Batch:
    """One run of `record_many`."""

    def __init__(self, acts: Sequence[Act], collect: bool) -> None:
        self.now = timezone.now()
        begun = store.load(
            {act.order for act in acts if act.order is not None and act.order > 0},
            {(act.actor.centre, act.number) for act in acts if act.number and "\0" not in act.number},
            {act.key for act in acts if act.key},
            {act.actor.centre for act in acts},
        )
        self.dockets, self.written_at, self._stamps = begun.dockets, begun.written_at, begun.stamps
        named = {(docket.order.centre_id, docket.order.number): pk for pk, docket in self.dockets.items()}
        acts = [replace(act, order=named.get((act.actor.centre, act.number))) if act.number else act for act in acts]
        # Locked first: whoever sent the same request before us has then written its receipt.
        self.requests = receipts.Requests(acts, begun.done)
        self.acts, self.collect = acts, collect
        self.others = Neighbours(acts, self.dockets)
        self.entries = self.others.entries
        self.rows: dict[int, list[Enclosure | Notice]] = {}
        self.files: dict[int, list[attachments.Taken]] = {}
        self.news: set[int] = set()
        self._directories: dict[int, Snapshot] = {}
        self._worlds: dict[tuple[int, str], World] = {}

    def run(self, along: Sequence[store.Statement]) -> list[Recorded | Refused]:
        self.new_ids = self._allot()
        answers = [self._answer(place, act) for place, act in enumerate(self.acts)]
        results = [self._standing(place, answer) for place, answer in enumerate(answers)]
        self._write(along)
        return results

    def _answer(self, place: int, act: Act) -> Recorded | Refused:
        try:
            done = self.requests.answered(place)
            if done is not None:
                return Recorded(*done, repeated=True)
            recorded = self._one(place, act)
        except Refused as refused:
            if not self.collect:
                raise
            return refused
        self.requests.note(place, (recorded.order, recorded.entry))
        return recorded

    def _standing(self, place: int, result: Recorded | Refused) -> Recorded | Refused:
        """`result`, unless it was done in this batch and then lost with its order."""
        if isinstance(result, Refused) or self.requests.was_stored(place):
            return result
        return self.others.spoilt.get(result.order, result)

    def _directory(self, centre: int) -> Snapshot:
        """The directory as it stood when the batch began: asked for once a centre, not once an act."""
        if centre not in self._directories:
            self._directories[centre] = snapshot.of(centre, self._stamps.get(centre))
        return self._directories[centre]

    def _world(self, order: Order) -> World:
        key = (order.centre_id, order.pack)
        if key not in self._worlds:
            try:
                pack = self._directory(order.centre_id).find_pack(order.pack)
            except PolicyError as error:
                raise Refused(f"工单所用的规则包 {order.pack} 缺失或有误，请联系系统管理员") from error
            self._worlds[key] = World(self._directory(order.centre_id), pack, self.others)
        return self._worlds[key]

    def _allot(self) -> dict[int, tuple[int, int]]:
        """An id and a running number for each registration of the batch, by its place in it."""
        wanted: dict[tuple[int, Any], list[int]] = {}
        for place, act in enumerate(self.acts):
            if act.verb == "order.registered" and not self.requests.was_stored(place):
                wanted.setdefault((act.actor.centre, act.at.astimezone(SHANGHAI).date()), []).append(place)
        found: dict[int, tuple[int, int]] = {}
        for (centre, day), places in wanted.items():
            allotted, self.written_at = store.allot(centre, day, len(places))
            found.update(zip(places, allotted, strict=True))
        return found

    def _one(self, place: int, act: Act) -> Recorded:
        pk = self._target(place, act)
        try:
            docket = self._docket(place, act, pk)
            entry = self._do(place, act, docket)
        except Refused as refused:
            # The docket may be half changed: nothing of this order is written in this batch.
            self.others.spoil(pk, refused)
            raise
        return Recorded(pk, entry.number, after=docket)

    def _do(self, place: int | None, act: Act, docket: Docket) -> Entry:
        """One act, and what follows from it in other orders; `place` is that of a request of the batch."""
        pk = docket.order.pk
        entry, rows, follows = self._apply(place, act, docket)
        self.entries.setdefault(pk, []).append(entry)
        self.rows.setdefault(pk, []).extend(rows)
        for follow in follows:
            self._follow(act, pk, follow)
        return entry

    def _follow(self, act: Act, cause: int, follow: verbs.Follow) -> None:
        """Done in the same transaction, by the system; if it is refused, so is the act from which it follows."""
        if follow.order not in self.dockets:
            self.dockets.update(store.load([follow.order]).dockets)
        docket = self.dockets[follow.order]
        self.others.tie(cause, follow.order)
        if follow.order in self.others.spoilt:
            raise self.others.spoilt[follow.order]
        step = Act(
            follow.verb,
            Actor.system(act.actor.centre),
            max(act.at, docket.order.registered_at),
            follow.payload,
            order=follow.order,
            recorded_at=act.recorded_at if docket.order.marked_clock else None,
        )
        self._do(None, step, docket)

    def _target(self, place: int, act: Act) -> int:
        """The id of the order that the act is about."""
        refs = self.others.refs
        if act.verb == "order.registered":
            if act.order is not None and (act.order >= 0 or act.order in refs):
                raise Refused("没有这件工单")
            pk = self.new_ids[place][0]
            if act.order is not None:
                refs[act.order] = pk
            return pk
        target = refs.get(act.order, act.order) if act.order is not None else None
        if target in self.others.spoilt:
            raise self.others.spoilt[target]
        if target is None or target not in self.dockets:
            raise Refused("没有这件工单")
        return target

    def _docket(self, place: int, act: Act, pk: int) -> Docket:
        if act.verb != "order.registered":
            return self.dockets[pk]
        day = act.at.astimezone(SHANGHAI).date()
        directory = self._directory(act.actor.centre)
        pack = directory.pack_id(act.at)
        if pack is None:
            raise Refused(f"本中心在 {day:%Y-%m-%d} 尚无生效的规则包")
        facts = {"number": f"{day:%Y%m%d}-{self.new_ids[place][1]:04d}", "pack": pack, "home": directory.root.id}
        self.dockets[pk] = blank(pk, act.actor.centre, act.at, facts | {"marked": act.recorded_at is not None})
        return self.dockets[pk]

    def _apply(
        self, place: int | None, act: Act, docket: Docket
    ) -> tuple[Entry, list[Enclosure | Notice], list[verbs.Follow]]:
        order, verb = docket.order, verbs.find(act.verb)
        deed = self._case(act, docket, verbs.validate(verb, act.payload))
        deed.payload = verb.resolve(deed)
        verb.check(deed)
        deed.files = attachments.take(act.files)
        self.files.setdefault(order.pk, []).extend(deed.files)
        first, before, vacant = order.head_number == 0, order.owner_unit_id, order.vacant
        facts = Before(docket) if verb.moves_clocks else None
        derived = enter(deed, verb) | derive(deed, verb, facts)
        if first:
            derived |= {"number": order.number, "pack": order.pack, "home": order.home_id}
            derived |= {"marked": order.marked_clock}
            self.others.note(order)
        moved = settle(deed, derived)
        entry, enclosure = self._entry(place, act, deed, derived)
        rows: list[Enclosure | Notice] = [enclosure] if enclosure else []
        if not order.marked_clock:
            units = {before, order.owner_unit_id, *(s.unit_id for s in deed.begun), *(t.unit_id for t in deed.asked)}
            self.news.update(unit for unit in units if unit)
            rows.extend(_notices(deed, verb, entry, moved, told_of_vacancy=order.vacant in ("", vacant)))
        return entry, rows, list(verb.follows(deed))

    def _case(self, act: Act, docket: Docket, payload: Payload) -> Deed[Any]:
        """The act as its verb sees it.  Raises `Refused` if this post may not do this now."""
        order = docket.order
        recorded_at = max(act.recorded_at or self.now, order.head_recorded_at)
        at = self._at(act, order)
        if at > recorded_at + AHEAD:
            raise Refused({"at": "发生时间不能晚于现在"})
        if at < order.registered_at - AHEAD:
            raise Refused({"at": "发生时间不能早于受理时间"})
        share, payload = self._permit(act, payload, docket)
        require_seen(act, share, docket, self.entries.get(order.pk, ()))
        return Deed(
            docket=docket,
            actor=act.actor,
            payload=protect(payload, self._directory(order.centre_id).area_code),
            at=at,
            recorded_at=recorded_at,
            entry_number=order.head_number + 1,
            world=self._world(order),
            share=share,
        )

    def _at(self, act: Act, order: Order) -> datetime:
        """When it happened.  "Now" is not earlier than what the book holds already.

        Nobody typed a time that is this machine's own; where its clock has been set back, or runs behind another
        machine's, the orders of the last hour could else not be worked on.
        """
        is_now = act.recorded_at is None and abs(act.at - self.now) <= AHEAD
        return max(act.at, order.head_recorded_at) if is_now and order.head_number else act.at

    def _permit(self, act: Act, payload: Payload, docket: Docket) -> tuple[Share | None, Payload]:
        """The share that the act is about.  Raises `Refused` if this post may not do this now."""
        row, order = lifecycle.find(act.verb), docket.order
        shares, directory = list(docket.all_shares.values()), self._directory(order.centre_id)
        if order.merged_into_id is not None:
            # Whoever handles the main order has to do with its repeats too.
            shares += self.others.shares_of(order.merged_into_id)
        # Whose order it is comes first: a stranger learns nothing about its shares.
        reason = refusal(act.actor, row, order, shares, None, directory)
        share: Share | None = None
        if not reason and isinstance(payload, AboutShare):
            share = share_of(payload, row, docket, act.actor)
            payload = payload.naming(share)
            reason = refusal(act.actor, row, order, shares, share, directory)
        if reason:
            raise Refused(reason)
        state = None if docket.is_new and order.head_number == 0 else str(order.state)
        if (state is None) != (act.verb == "order.registered"):
            raise Refused("没有这件工单")
        if not lifecycle.allowed(
            row, order=state, share=share.state if share else None, role=share.role if share else None
        ):
            raise Refused(_not_now(row, order, share))
        if reason := verbs.bars_after_erasure(verbs.find(act.verb), order, files=bool(act.files)):
            raise Refused(reason)
        return share, payload

    def _entry(
        self, place: int | None, act: Act, deed: Deed[Any], derived: dict[str, Any]
    ) -> tuple[Entry, Enclosure | None]:
        """The next line of the order's ledger, chained, and the order's head moved on to it."""
        order = deed.order
        public, private = deed.payload.split()
        key, asked = self.requests.asked(place) if place is not None else (None, None)
        assert self.written_at is not None, "whoever has a docket has asked the database"
        entry = new(
            Entry,
            id=part_id(order.pk, deed.entry_number),
            order_id=order.pk,
            format=FORMAT,
            number=deed.entry_number,
            action=act.verb,
            version=verbs.get(act.verb).version,
            at=deed.at,
            recorded_at=deed.recorded_at,
            written_at=self.written_at,
            via=act.way,
            staff_id=act.actor.staff,
            post_id=act.actor.post,
            unit_id=act.actor.unit,
            post_role=act.actor.role,
            citizen=act.actor.citizen,
            clock="marked" if act.recorded_at else "wall",
            key=key,
            request_digest=asked,
            payload=public,
            derived=derived,
        )
        enclosure = enclose(entry, private)
        entry.digest = entry_digest(entry, bytes(order.head_digest))
        order.head_number, order.head_digest, order.head_recorded_at = entry.number, entry.digest, entry.recorded_at
        return entry, enclosure

    def _write(self, along: Sequence[store.Statement]) -> None:
        kept = [d for pk, d in self.dockets.items() if pk in self.entries and pk not in self.others.spoilt]
        more: list[Any] = []
        for docket in kept:
            more += self.entries[docket.order.pk]
            more += self.rows[docket.order.pk]
        if kept and self.written_at:
            heads = [attest.order_head(docket.order) for docket in kept]
            more.append(attest.attestation(heads, self.written_at))
        attachments.keep(file for docket in kept for file in self.files[docket.order.pk])
        marked = (d for d in kept if any(entry.clock == "marked" for entry in self.entries[d.order.pk]))
        history = {docket.order.centre_id for docket in marked}
        also = (news.statement(self.news), backdated.statement(history), *(along if kept else ()))
        store.save(kept, more, [statement for statement in also if statement])


def blank(pk: int, centre: int, at: datetime, facts: Mapping[str, Any]) -> Docket:
    """The docket of an order that is about to be registered.

    `facts` is what the first entry's `derived` keeps of it: number, pack, home (the centre's unit), marked.
    """
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


def _notices(
    deed: Deed[Any], verb: verbs.Verb[Any], entry: Entry, moved: bool, *, told_of_vacancy: bool
) -> Iterator[Notice]:
    """Tell the new owner and whom else it concerns, but not the actor.  Not part of the replay: a notice follows
    from the entry, it does not make it."""
    people = set(verb.concerns(deed))
    # A new holder because the old one has left is told like any other.
    people |= {deed.docket.all_shares[line[0]].holder_id for line in entry.derived.get("holders", ())}
    if moved:
        people.add(deed.order.owner_person_id)
    if not told_of_vacancy:
        people |= {deed.directory.holder(post.id, deed.at) for post in deed.directory.posts_with("admin")}
    for person in sorted(p for p in people if p and p != deed.actor.staff):
        yield new(
            Notice,
            order_id=entry.order_id,
            entry_id=entry.id,
            staff_id=person,
            kind=entry.action,
            made_at=entry.recorded_at,
        )


def _not_now(row: lifecycle.Transition, order: Order, share: Share | None) -> str:
    if order.state not in row.states:
        return f"工单现在是“{lifecycle.ORDER_TITLES[order.state]}”，不能{row.title}"
    if share is None:
        return f"没有可以{row.title}的承办件"
    if row.share_roles and share.role not in row.share_roles:
        return "协办单位请提交协办意见，由主办单位答复" if row.action == "share.replied" else f"主办单位不能{row.title}"
    return f"承办件现在是“{lifecycle.SHARE_TITLES[share.state]}”，不能{row.title}"


_BROKEN: dict[str | None, dict[str, str]] = {
    "upstream_number_once": {"upstream_number": "这个上级编号已经登记过，请打开原工单"},
    "a_request_is_done_once": {"": "同一请求正在处理，请稍候再提交一次：只会办理一次"},
}


def _refusal_of(error: Error) -> Refused | None:
    """What two people at once can run into, as a sentence; None for anything else, which is a fault of ours."""
    cause = error.__cause__
    if isinstance(cause, errors.DeadlockDetected):
        return Refused("同一时间有人在处理有关的工单，请再试一次")
    name = _constraint(error)
    return Refused(_BROKEN[name]) if name in _BROKEN else None


def _constraint(error: Error) -> str | None:
    """Which one was violated because two rows would have had the same."""
    cause = error.__cause__
    return cause.diag.constraint_name if isinstance(cause, errors.UniqueViolation) else None
