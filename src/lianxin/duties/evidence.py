"""A duty of a period in hand, and what proves it: acts by the post and in the period that its rule names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet

from lianxin.directory.snapshot import Snapshot
from lianxin.ledger.models import Entry, Task
from lianxin.proceedings import kinds
from lianxin.proceedings.models import Proceeding
from lianxin.rules import periods
from lianxin.rules.policy_rounds import DutyRule

from . import owed


@dataclass(frozen=True, slots=True)
class Proof:
    """An act that may prove a duty: by which post of which unit, when, in which order or proceeding; `held`: when that
    took place which it tells of."""

    entry: int
    action: str
    unit: int
    post: str
    at: datetime
    recorded_at: datetime
    number: str
    held: datetime
    #: of what level or type the proceeding is
    level: str = ""


@dataclass(frozen=True, slots=True)
class Open:
    """A duty of a period that is not settled, and its rule; None where the rule book of the period has none of it any
    more."""

    task: Task
    period: periods.Period
    rule: DutyRule | None
    #: the numbers of what each is owed its act, where the rule says so
    each: frozenset[str] = frozenset()

    @property
    def several(self) -> bool:
        """Whether one act is not enough."""
        return self.rule is not None and (self.rule.times > 1 or self.rule.each is not None)

    @property
    def key(self) -> tuple[str, str, int]:
        """As `owed.Owed.key`."""
        return self.task.rule, self.task.period, self.task.unit_id

    @property
    def title(self) -> str:
        return self.rule.title if self.rule is not None else self.task.rule

    def proofs(self, seen: Iterable[Proof]) -> list[Proof]:
        """Those that prove it, the first recorded first."""
        its = {proof for proof in seen if self._proves(proof)}
        return sorted(its, key=lambda proof: (proof.recorded_at, proof.entry))

    def counted(self, proofs: Sequence[Proof]) -> Sequence[Proof]:
        """Those of its proofs by which it is met; none while it is not."""
        rule = self.rule
        if rule is None:
            return ()
        if rule.each is None:
            return proofs[: rule.times] if len(proofs) >= rule.times else ()
        first = {proof.number: proof for proof in reversed(proofs)}
        return [proof for proof in proofs if first[proof.number] is proof] if self.each <= first.keys() else ()

    def _proves(self, proof: Proof) -> bool:
        rule = self.rule
        if rule is None or proof.unit != self.task.unit_id or proof.held not in self.period:
            return False
        of_it = not rule.levels or proof.level in rule.levels
        return of_it and proof.action in rule.met_by and proof.post in rule.posts

    def does_not_count(self, directory: Snapshot) -> str:
        """Why it is not owed for this period any more, in Chinese; `""` where it is."""
        if self.rule is None:
            return "规则包不再规定这项职责"
        if not directory.units[self.task.unit_id].active:
            return "单位已停用"
        posts = directory.posts_at(self.task.unit_id, self.task.post_role)
        if posts and directory.on_duty.members(posts[0].id):
            return ""  # those of the shifts owe it together, whoever is A
        holder = posts[0].holder_a if posts else None
        # Whoever begins in the middle of a period owes from the next; a post that nobody took over owes on.
        return "岗位在本期内换人，自下期起计" if holder is not None and holder != self.task.holder_id else ""

    def closes(self, directory: Snapshot) -> datetime:
        """Until when what is recorded late still meets it."""
        late, end = self.rule.late if self.rule is not None else None, self.period.end
        # Days are counted from the last of the period.
        return late.due(end - owed.LAST, directory.calendar_at(end)) if late else end


def written(duties: Sequence[Open], since: datetime) -> Iterator[Proof]:
    """The acts written from `since` on that may prove some of these duties: not those of what was taken back."""
    rules = [duty.rule for duty in duties if duty.rule is not None]
    entries = Entry.objects.filter(
        written_at__gte=since,
        action__in={action for rule in rules for action in rule.met_by},
        unit__in={duty.task.unit_id for duty in duties},
        post_role__in={post for rule in rules for post in rule.posts},
        at__gte=min(duty.period.start for duty in duties),
    )
    columns = ("pk", "action", "unit_id", "post_role", "at", "recorded_at")
    roots = ("order__number", "proceeding__number", "proceeding__level")
    stands = entries.exclude(proceeding__in=taken_back()).order_by("pk")
    for *known, order, proceeding, level, payload in stands.values_list(*columns, *roots, "payload"):
        pk, action, unit, post, at, recorded_at = known
        told = payload.get(kinds.held(action))
        held = datetime.fromisoformat(told) if told else at
        yield Proof(pk, action, unit, post, at, recorded_at, order or proceeding, held, level or "")


def taken_back() -> QuerySet[Proceeding]:
    """The proceedings that were entered wrongly: whatever was recorded of them proves nothing."""
    void = (Q(kind=kind, state=state) for kind, state in kinds.void())
    return Proceeding.objects.filter(reduce(or_, void, Q(pk__in=())))
