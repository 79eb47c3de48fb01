"""One run of `record_many`: the acts of a batch, done to roots in hand, and then written.

In one transaction: lock the roots, ask their book whether this post may do this now, run the verb's check and effect,
start and stop clocks, find the owner, append the entry to the chain, write, and queue the notices.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from lianxin.directory import snapshot
from lianxin.directory.snapshot import Snapshot
from lianxin.rules.policy import PolicyError
from lianxin.rules.worktime import SHANGHAI

from . import attachments, attest, backdated, news, receipts, store, verbs
from .acts import Act, Actor, Refused
from .books import Book
from .chain import enclose, entry_digest
from .deed import Deed, World
from .docket import FULL, MOST_PARTS, Docket
from .models import FORMAT, Enclosure, Entry, Notice, Root, part_id
from .others import Others
from .rows import new
from .settle import derive, enter, settle

#: A person's watch may be a little ahead of the server's.
AHEAD = timedelta(minutes=5)
#: What the sender of an act keeps outside the book, and wants done along with it.
Along = Sequence[store.Statement]


@dataclass(frozen=True, slots=True)
class Recorded:
    """What came of an act: its root and entry number; `repeated` if the key had been done before.

    `after` is the root in hand as this batch leaves it, for whoever wants to say so; None where it was repeated.
    """

    order: int
    entry: int
    repeated: bool = False
    after: Any = field(default=None, compare=False, repr=False)


class Batch:
    """The acts, and the roots that they are about."""

    def __init__(self, acts: Sequence[Act], collect: bool, patience: str = "") -> None:
        self.now = timezone.now()
        keys, centres = {act.key for act in acts if act.key}, {act.actor.centre for act in acts}
        begun = store.load(_wanted(acts), keys, centres, patience)
        self.dockets, self.written_at, self._stamps = begun.dockets, begun.written_at, begun.stamps
        named = {(docket.root.centre_id, docket.root.number): pk for pk, docket in self.dockets.items()}
        acts = [replace(act, order=named.get((act.actor.centre, act.number))) if act.number else act for act in acts]
        # Locked first: whoever sent the same request before us has then written its receipt.
        self.requests = receipts.Requests(acts, begun.done)
        self.acts, self.collect = acts, collect
        self.others = Others(acts, self.dockets)
        self.others.allot = self._reserve
        #: the running number of the day, by the id of each root that this batch registers
        self.running: dict[int, int] = {}
        self.entries = self.others.entries
        self.rows: dict[int, list[Enclosure | Notice]] = {}
        self.files: dict[int, list[attachments.Taken]] = {}
        self.news: set[int] = set()
        self._directories: dict[int, Snapshot] = {}
        self._worlds: dict[tuple[int, str], World] = {}

    def run(self, along: Sequence[Along]) -> list[Recorded | Refused]:
        self.new_ids = self._allot()
        answers = [self._answer(place, act) for place, act in enumerate(self.acts)]
        results = [self._standing(place, answer) for place, answer in enumerate(answers)]
        self._write(_of_the_done(results, along))
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

    def _world(self, root: Root) -> World:
        key = (root.centre_id, root.pack)
        if key not in self._worlds:
            try:
                pack = self._directory(root.centre_id).find_pack(root.pack)
            except PolicyError as error:
                raise Refused(f"工单所用的规则包 {root.pack} 缺失或有误，请联系系统管理员") from error
            self._worlds[key] = World(self._directory(root.centre_id), pack, self.others)
        return self._worlds[key]

    def _allot(self) -> dict[int, int]:
        """An id for each registration of the batch, by its place in it."""
        wanted: dict[tuple[Book, int, Any], list[int]] = {}
        for place, act in enumerate(self.acts):
            if _opens(act) and not self.requests.was_stored(place):
                day = act.at.astimezone(SHANGHAI).date()
                wanted.setdefault((verbs.get(act.verb).book, act.actor.centre, day), []).append(place)
        found: dict[int, int] = {}
        for (book, centre, day), places in wanted.items():
            ahead = book.ahead([self.acts[place] for place in places], self._directory(centre), self.others)
            allotted, self.written_at = store.allot(book.model.series, centre, day, len(places), ahead)
            self.running.update(allotted)
            found.update(zip(places, (pk for pk, _ in allotted), strict=True))
        return found

    def _one(self, place: int, act: Act) -> Recorded:
        pk = self._target(place, act)
        try:
            docket = self._begin(act, pk) if _opens(act) else self.dockets[pk]
            entry = self._do(place, act, docket)
        except Refused as refused:
            # The docket may be half changed: nothing of this order is written in this batch.
            self.others.spoil(pk, refused)
            raise
        return Recorded(pk, entry.number, after=docket)

    def _do(self, place: int | None, act: Act, docket: Docket[Any]) -> Entry:
        """One act, and what follows from it in other roots; `place` is that of a request of the batch."""
        pk = docket.root.pk
        entry, rows, follows = self._apply(place, act, docket)
        self.entries.setdefault(pk, []).append(entry)
        self.rows.setdefault(pk, []).extend(rows)
        self._load(follows)
        for follow in follows:
            self._follow(act, pk, follow)
        return entry

    def _load(self, follows: Sequence[verbs.Follow]) -> None:
        """Take in hand the roots that follow, all at once and in id order: a matter may have many orders."""
        wanted: dict[Book, store.Wanted] = {}
        for follow in follows:
            verb = verbs.get(follow.verb)
            if not verb.opens and follow.root not in self.dockets:
                wanted.setdefault(verb.book, (set(), set()))[0].add(follow.root)
        if wanted:
            self.dockets.update(store.load(wanted).dockets)

    def _follow(self, act: Act, cause: int, follow: verbs.Follow) -> None:
        """Done in the same transaction, by the system; if it is refused, so is the act from which it follows."""
        step = Act(follow.verb, Actor.system(act.actor.centre), act.at, follow.payload, order=follow.root)
        self.others.tie(cause, follow.root)
        if follow.root in self.others.spoilt:
            raise self.others.spoilt[follow.root]
        if _opens(step):
            docket = self._begin(replace(step, recorded_at=act.recorded_at), follow.root)
            self._do(None, replace(step, recorded_at=act.recorded_at), docket)
            return
        docket = self.dockets[follow.root]
        marked = act.recorded_at if docket.root.marked_clock else None
        self._do(None, replace(step, at=max(act.at, docket.root.registered_at), recorded_at=marked), docket)

    def _target(self, place: int, act: Act) -> int:
        """The id of the root that the act is about."""
        refs = self.others.refs
        verbs.find(act.verb)
        if _opens(act):
            if act.order is not None and (act.order >= 0 or act.order in refs):
                raise Refused(f"没有这件{_noun(act)}")
            pk = self.new_ids[place]
            if act.order is not None:
                refs[act.order] = pk
            return pk
        target = refs.get(act.order, act.order) if act.order is not None else None
        if target in self.others.spoilt:
            raise self.others.spoilt[target]
        if target is None or target not in self.dockets:
            raise Refused(f"没有这件{_noun(act)}")
        return target

    def _reserve(self, verb: str, centre: int, at: datetime) -> int:
        """Of `Others.reserve`: one more root than the acts of this batch register themselves."""
        ((pk, running),), self.written_at = store.allot(_series(verb), centre, at.astimezone(SHANGHAI).date(), 1)
        self.running[pk] = running
        return pk

    def _begin(self, act: Act, pk: int) -> Docket[Any]:
        """A root that is about to be registered.  Raises `Refused` where no rule book is in force."""
        day = act.at.astimezone(SHANGHAI).date()
        directory = self._directory(act.actor.centre)
        pack = directory.pack_id(act.at)
        if pack is None:
            raise Refused(f"本中心在 {day:%Y-%m-%d} 尚无生效的规则包")
        number = f"{_series(act.verb)}{day:%Y%m%d}-{self.running[pk]:04d}"
        facts = {"number": number, "pack": pack, "home": directory.root.id, "marked": act.recorded_at is not None}
        self.dockets[pk] = verbs.get(act.verb).book.begin(pk, act.actor.centre, act.at, facts)
        return self.dockets[pk]

    def _apply(
        self, place: int | None, act: Act, docket: Docket[Any]
    ) -> tuple[Entry, list[Enclosure | Notice], list[verbs.Follow]]:
        root, verb = docket.root, verbs.find(act.verb)
        deed = self._deed(act, docket, verb)
        deed.payload = verb.resolve(deed)
        verb.check(deed)
        # Asked before the effect, which may itself end what it came past.
        deed.passed = verb.book.passed(deed, act.verb)
        deed.files = attachments.take(act.files)
        self.files.setdefault(root.pk, []).extend(deed.files)
        first, before, vacant = root.head_number == 0, root.owner_unit_id, root.vacant
        facts = verb.book.before(docket) if verb.moves_clocks else None
        derived = enter(deed, verb) | derive(deed, verb, facts)
        if first:
            derived |= {"number": root.number, "pack": root.pack, "home": root.home_id, "marked": root.marked_clock}
            verb.book.registered(docket, self.others)
        moved = settle(deed, verb, derived)
        if docket.is_open and act.actor.role != "system":
            docket.require_room(max(root.parts, root.head_number), MOST_PARTS)
        entry, enclosure = self._entry(place, act, deed, derived)
        rows: list[Enclosure | Notice] = [enclosure] if enclosure else []
        if not root.marked_clock:
            self.news.update(unit for unit in (before, root.owner_unit_id, *deed.units()) if unit)
            rows.extend(_notices(deed, verb, entry, moved, told_of_vacancy=root.vacant in ("", vacant)))
        return entry, rows, [*verb.follows(deed), *verb.book.follows(deed, verb)]

    def _deed(self, act: Act, docket: Docket[Any], verb: verbs.Verb[Any, Any]) -> Deed[Any]:
        """The act as its verb sees it.  Raises `Refused` if this post may not do this now."""
        root, payload, book = docket.root, verbs.validate(verb, act.payload), verb.book
        docket.require_room(root.head_number, FULL)
        recorded_at = max(act.recorded_at or self.now, root.head_recorded_at)
        at = self._at(act, root)
        if at > recorded_at + AHEAD:
            raise Refused({"at": "发生时间不能晚于现在"})
        if at < root.registered_at - AHEAD:
            raise Refused({"at": "发生时间不能早于受理时间"})
        world = self._world(root)
        payload = book.permit(act, payload, docket, world)
        return book.deed(
            docket,
            book.protect(payload, world.directory),
            actor=act.actor,
            at=at,
            recorded_at=recorded_at,
            entry_number=root.head_number + 1,
            world=world,
            file_count=len(act.files),
            uploads=tuple(act.files),
        )

    def _at(self, act: Act, root: Root) -> datetime:
        """When it happened.  "Now" is not earlier than what the book holds already.

        Nobody typed a time that is this machine's own; where its clock has been set back, or runs behind another
        machine's, what happened in the last hour could else not be worked on.
        """
        is_now = act.recorded_at is None and abs(act.at - self.now) <= AHEAD
        return max(act.at, root.head_recorded_at) if is_now and root.head_number else act.at

    def _entry(
        self, place: int | None, act: Act, deed: Deed[Any], derived: dict[str, Any]
    ) -> tuple[Entry, Enclosure | None]:
        """The next line of the ledger, chained, and the root's head moved on to it."""
        root = deed.docket.root
        public, private = deed.payload.split()
        key, asked = self.requests.asked(place) if place is not None else (None, None)
        assert self.written_at is not None, "whoever has a docket has asked the database"
        entry = new(
            Entry,
            id=part_id(root.pk, deed.entry_number),
            **{root.column: root.pk},
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
        if enclosure is not None:
            # At hand for what this batch asks of its own ledger, as it is for what the tables have.
            enclosure.entry = entry
        entry.digest = entry_digest(entry, bytes(root.head_digest))
        root.head_number, root.head_digest, root.head_recorded_at = entry.number, entry.digest, entry.recorded_at
        return entry, enclosure

    def _write(self, along: Sequence[store.Statement]) -> None:
        kept = [d for pk, d in self.dockets.items() if pk in self.entries and pk not in self.others.spoilt]
        more: list[Any] = []
        for docket in kept:
            more += self.entries[docket.root.pk]
            more += self.rows[docket.root.pk]
        if kept and self.written_at:
            heads = [attest.head(docket.root) for docket in kept]
            more.append(attest.attestation(heads, self.written_at))
        attachments.keep(file for docket in kept for file in self.files[docket.root.pk])
        marked = (d for d in kept if any(entry.clock == "marked" for entry in self.entries[d.root.pk]))
        history = {docket.root.centre_id for docket in marked}
        also = (news.statement(self.news), backdated.statement(history), *along)
        store.save(kept, more, [statement for statement in also if statement])


def _of_the_done(results: Sequence[Recorded | Refused], along: Sequence[Along]) -> list[store.Statement]:
    """What goes along with what was done just now: not what was refused, nor what had been done before."""
    pairs = zip(results, along, strict=False)
    done = (more for result, more in pairs if isinstance(result, Recorded) and not result.repeated)
    return [statement for more in done for statement in more]


def _series(verb: str) -> str:
    """How the numbers begin of what it opens."""
    return verbs.get(verb).book.model.series


def _noun(act: Act) -> str:
    """What its verb acts on."""
    return str(verbs.get(act.verb).book.model._meta.verbose_name)


def _opens(act: Act) -> bool:
    """Whether it registers a root."""
    return verbs.known(act.verb) and verbs.get(act.verb).opens


def _wanted(acts: Sequence[Act]) -> dict[Book, store.Wanted]:
    """The ids, and (centre, number), of the roots that the acts name, by their book."""
    found: dict[Book, store.Wanted] = {}
    for act in acts:
        if verbs.known(act.verb):
            ids, numbers = found.setdefault(verbs.get(act.verb).book, (set(), set()))
            if act.order is not None and act.order > 0:
                ids.add(act.order)
            if act.number and "\0" not in act.number:
                numbers.add((act.actor.centre, act.number))
    return found


def _notices(
    deed: Deed[Any], verb: verbs.Verb[Any, Any], entry: Entry, moved: bool, *, told_of_vacancy: bool
) -> Iterator[Notice]:
    """Tell the new owner and whom else it concerns, but not the actor.  Not part of the replay: a notice follows
    from the entry, it does not make it."""
    if verb.quiet:
        return
    root = deed.docket.root
    people = {*verb.concerns(deed), *verb.book.newly(deed, entry), *(laid.holder for laid in deed.laid)}
    if moved:
        people.add(root.owner_person_id)
    if not told_of_vacancy or any(laid.vacant for laid in deed.laid):
        people |= {deed.directory.holder(post.id, deed.at) for post in deed.directory.posts_with("admin")}
    silent = verb.book.kept_from(deed) | {deed.actor.staff}
    for person in sorted(p for p in people if p and p not in silent):
        yield new(
            Notice,
            **{root.column: root.pk},
            entry_id=entry.id,
            staff_id=person,
            kind=entry.action,
            made_at=entry.recorded_at,
        )
