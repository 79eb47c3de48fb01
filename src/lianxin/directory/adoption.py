"""Adopting a rule book: what it touches is said before it is done.

From adoption on the database alone speaks for the pack (`directory.adopted`).  Orders keep the pack under which they
were registered, so adoption moves no limit of theirs.  What it can break is this, and a day on which **nothing breaks**
is one of which none of it is true:

- the day has begun: orders of that very day stand under the old pack already;
- it is no Monday: the bulletin of its week goes by the pack in force on the week's last day, so orders of the days
  before would be counted by rules under which they were not registered;
- another version comes into force on it;
- something that no order carries loses its code (the ranking group of a unit): no day mends that, the unit must be
  changed first.

A code that only orders keep (a class, a source, a basis, a grade) breaks nothing when it goes: they are judged, shown
and printed under their own pack.  It is told with how many running orders have it all the same.

Floors above say what they keep: `uses` who has a code, `Book` what stands under a pack.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from lianxin.rules import periods, policy_compare
from lianxin.rules.policy import Pack, PolicyError
from lianxin.rules.worktime import SHANGHAI

from . import dates, snapshot
from .lines import PolicyLine
from .models import AdoptedPack, Centre, PolicyVersion, Staff, Unit
from .signals import administered

#: How many things of a centre have which code.
Uses = Callable[[Centre], Mapping[str, int]]
#: By the path of a list of codes: what has them, whether it is bound to its own pack, and how many of it.
_USES: dict[str, list[tuple[str, bool, Uses]]] = {}


class Book:
    """What the ledger knows of orders and packs; the floor above puts its own in `BOOK`."""

    def running(self, centre: Centre) -> Mapping[str, int]:
        """How many running orders stand under each pack, by “id@version”."""
        return {}

    def registered(self, centre: Centre, first: date, last: date) -> int:
        """How many orders were registered on the days `first` to `last`."""
        return 0


BOOK: list[Book] = [Book()]


def uses(path: str, what: str, *, own: bool) -> Callable[[Uses], Uses]:
    """Have the function asked how many `what` (在办工单) have the codes of that list; `own`: they go by their own
    pack."""

    def register(count: Uses) -> Uses:
        _USES.setdefault(path, []).append((what, own, count))
        return count

    return register


def counted_lists() -> frozenset[str]:
    """The lists of codes for which somebody counts."""
    return frozenset(_USES)


@uses("units.groups", "单位", own=False)
def _groups(centre: Centre) -> Mapping[str, int]:
    return Counter(Unit.objects.filter(centre=centre, active=True).values_list("ranking_group", flat=True))


@uses("units.types", "单位", own=False)
def _types(centre: Centre) -> Mapping[str, int]:
    return Counter(Unit.objects.filter(centre=centre, active=True).values_list("type", flat=True))


@dataclass(frozen=True, slots=True)
class LostCode:
    """A code that the new pack has not; `breaks`: something that has it is not bound to the old pack."""

    of: str
    code: str
    title: str
    used: tuple[tuple[str, int], ...]
    breaks: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """A pack under which running orders of the centre stand."""

    pack: str
    running: int


@dataclass(frozen=True)
class Plan:
    """What adopting `pack` from `day` on would do.  With a `refusal` it is not done."""

    centre: Centre
    pack: Pack
    day: date
    before: Pack | None
    refusal: str
    lost: tuple[LostCode, ...]
    standing: tuple[Standing, ...]
    breaks: tuple[str, ...]
    remarks: tuple[str, ...]
    offered: date | None

    @property
    def name(self) -> str:
        """“id@version”."""
        return f"{self.pack.id}@{self.pack.version}"

    @property
    def mark(self) -> str:
        """A digest of what is confirmed: which text, from when, in the place of what."""
        parts = (self.centre.pk, self.pack.digest, self.day, self.before.digest if self.before else "")
        return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()

    @property
    def safe(self) -> bool:
        """Whether nothing breaks on the chosen day."""
        return not self.breaks


def plan(centre: Centre, pack: Pack, day: date, at: datetime) -> Plan:
    """Look at what adopting `pack` from `day` on would touch; nothing is written."""
    if not dates.FIRST <= day <= dates.LAST:
        beyond = f"生效日期应在 {dates.FIRST:%Y-%m-%d} 至 {dates.LAST:%Y-%m-%d} 之间。"
        return Plan(centre, pack, day, None, beyond, (), (), (), (), None)
    directory = snapshot.of(centre.pk)
    before = _in_force(directory, day)
    today = at.astimezone(SHANGHAI).date()
    lost = tuple(_lost(centre, before, pack)) if before else ()
    running = BOOK[0].running(centre)
    return Plan(
        centre=centre,
        pack=pack,
        day=day,
        before=before,
        refusal=_refusal(centre, pack, day, today, before, directory.policies),
        lost=lost,
        standing=tuple(Standing(name, number) for name, number in sorted(running.items())),
        breaks=tuple(_breaks(centre, day, today, lost)) if before else (),
        remarks=tuple(_remarks(pack, day, directory.policies)),
        offered=None if any(code.breaks for code in lost) else _offered(today, directory.policies),
    )


def adopt(found: Plan, at: datetime, by: Staff | None) -> PolicyVersion:
    """Do it, in one transaction, with a line of the journal.  Raises ValidationError, a sentence in Chinese, where what
    was looked at is not so any more."""
    try:
        with transaction.atomic():
            # Of two who adopt at once the second looks again.
            Centre.objects.select_for_update(no_key=True).get(pk=found.centre.pk)
            now = plan(found.centre, found.pack, found.day, at)
            if now.refusal:
                raise ValidationError(now.refusal)
            if now.mark != found.mark:
                raise ValidationError("在您查看之后规则版本有了变化，请重新查看再确认。")
            AdoptedPack.keep(found.centre, found.pack)
            version = PolicyVersion(
                centre=found.centre,
                pack_id=found.pack.id,
                version=found.pack.version,
                effective_from=found.day,
                adopted_by=by,
                adopted_at=at,
            )
            version.full_clean()
            version.save()
            _journal(version, found.pack.digest, "adopt", by)
            return version
    except IntegrityError as error:
        raise ValidationError("有人刚刚采用了同一版本或同一天的规则包，请重新查看再确认。") from error


def state_of(version: PolicyVersion, lines: Iterable[PolicyLine], today: date) -> str:
    """待施行, 施行中 or 已被取代, among all versions of its centre."""
    if version.effective_from > today:
        return "待施行"
    begun = (line.effective_from for line in lines if line.effective_from <= today)
    return "施行中" if version.effective_from == max(begun) else "已被取代"


def withdraw(version: PolicyVersion, at: datetime, by: Staff | None) -> None:
    """Take back a version that is not in force yet.  Raises ValidationError once its day has come."""
    if version.effective_from <= at.astimezone(SHANGHAI).date():
        raise ValidationError(f"{version.pack} 已从 {version.effective_from:%Y-%m-%d} 起施行，不能撤销。")
    with transaction.atomic():
        _journal(version, "", "withdraw", by)
        version.delete()


def _journal(version: PolicyVersion, digest: str, action: str, by: Staff | None) -> None:
    facts = {"pack": version.pack, "from": version.effective_from.isoformat()} | ({"digest": digest} if digest else {})
    words = "采用" if action == "adopt" else "撤销"
    administered.send(
        PolicyVersion,
        actor=by,
        action=action,
        objects=[version],
        centre=version.centre_id,
        message=f"{words}{version.pack}，自 {version.effective_from:%Y-%m-%d} 起",
        facts=facts,
    )


def _in_force(directory: snapshot.Snapshot, day: date) -> Pack | None:
    line = next((line for line in directory.policies if line.effective_from <= day), None)
    try:
        return directory.find_pack(line.pack) if line else None
    except PolicyError:
        return None


def _refusal(
    centre: Centre, pack: Pack, day: date, today: date, before: Pack | None, lines: Iterable[PolicyLine]
) -> str:
    kept = AdoptedPack.objects.filter(pack_id=pack.id, version=pack.version).first()
    if kept and kept.digest != pack.digest:
        return AdoptedPack.changed_under(pack.id, pack.version)
    same = next((line for line in lines if line.effective_from == day), None)
    if same:
        return f"{day:%Y-%m-%d} 起已定为 {same.pack}。请另选日期" + (
            "，或先在管理页“规则版本”中撤销它。" if day > today else "。"
        )
    if before and before.digest == pack.digest:
        return f"{day:%Y-%m-%d} 施行的本来就是 {pack.id}@{pack.version}，不必再次采用。"
    if day < today and (number := BOOK[0].registered(centre, day, today - timedelta(days=1))):
        return (
            f"{day:%Y-%m-%d} 至昨日已登记 {number} 件工单，不能改变已经过去的日子施行的规则。"
            f"请选今天（{today:%Y-%m-%d}）或以后的日期。"
        )
    return ""


def _remarks(pack: Pack, day: date, lines: Iterable[PolicyLine]) -> Iterable[str]:
    if day < pack.effective:
        yield f"规则包写明自 {pack.effective:%Y-%m-%d} 起施行，早于此日采用，请核对。"
    to_come = [line for line in lines if line.effective_from > day]
    if later := min(to_come, key=lambda line: line.effective_from, default=None):
        yield f"{later.pack} 定于 {later.effective_from:%Y-%m-%d} 起施行，届时改按它办理。"


def _breaks(centre: Centre, day: date, today: date, lost: Iterable[LostCode]) -> Iterable[str]:
    for code in lost:
        if code.breaks:
            used = "、".join(f"{number} 个{what}" for what, number in code.used)
            yield f"{code.of}“{code.title}”（{code.code}）在新的规则包中没有，而{used}在用：请先改好再采用。"
    if day <= today and (number := BOOK[0].registered(centre, today, today)):
        yield f"今天已登记 {number} 件工单，按原规则包办理；今天此后登记的按新的规则包。"
    if day.weekday():
        yield _week(centre, day, today)


def _week(centre: Centre, day: date, today: date) -> str:
    week = periods.of("week", day)
    monday, sunday = week.first, week.last
    number = BOOK[0].registered(centre, monday, min(day - timedelta(days=1), today)) if monday <= today else 0
    already = f"，其中已登记的 {number} 件仍按原规则包办理" if number else ""
    return (
        f"{day:%Y-%m-%d} 在{week.name}（{monday:%m-%d} 至 {sunday:%m-%d}）之中：这一周的周报和指标"
        f"按周末施行的规则包统计，{day:%m-%d} 以前的工单也按新的口径{already}。"
    )


def _lost(centre: Centre, old: Pack, new: Pack) -> Iterable[LostCode]:
    counts: dict[tuple[str, str], Mapping[str, int]] = {}
    for known, code in policy_compare.lost(old, new):
        used, breaks = [], False
        for what, own, count in _USES.get(known.path, ()):
            found = counts.setdefault((known.path, what), count(centre)).get(code, 0)
            used += [(what, found)] if found else []
            breaks |= bool(found) and not own
        yield LostCode(known.title, code, known.entries[code], tuple(used), breaks)


def _offered(today: date, lines: Iterable[PolicyLine]) -> date:
    """The first Monday to come on which no other version begins."""
    taken = {line.effective_from for line in lines}
    monday = today + timedelta(days=7 - today.weekday())
    while monday in taken:
        monday += timedelta(days=7)
    return monday
