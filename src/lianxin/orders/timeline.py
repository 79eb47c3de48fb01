"""The ledger of an order as people read it: who, at which post, did what, and what was written.

An unmasking is a line like any other (C62).  What was erased when its time was over says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from pydantic import ValidationError

from lianxin.directory.roles import Role
from lianxin.directory.snapshot import Snapshot
from lianxin.ledger import verbs
from lianxin.ledger.acts import Payload
from lianxin.ledger.deed import Laid
from lianxin.ledger.models import CAUSE_TITLES, Attachment, Clock, Entry
from lianxin.rules import lifecycle
from lianxin.rules.policy import Pack
from lianxin.rules.serving import serves
from lianxin.rules.worktime import SHANGHAI, show_due

from .models import Share
from .models.share import ROLE_TITLES

serves("E02")

ERASED = "原文保存期满，已删除。"
_WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True, slots=True)
class Line:
    """One entry: `actor` did `what`; `quote` is what he wrote.  `turning`: it changed hands, or a clock acted."""

    number: int
    action: str
    at: datetime
    actor: str
    what: str
    quote: str
    turning: bool
    files: Sequence[Attachment] = ()


@dataclass(frozen=True, slots=True)
class Day:
    """The lines of one day in Shanghai, newest first, under `11 月 18 日 周三（今天）`."""

    title: str
    lines: list[Line]


class Timeline:
    """Renders entries of one order.  `shares` and `clocks` are the order's own, by id; `files` by their entry's."""

    def __init__(
        self,
        directory: Snapshot,
        pack: Pack,
        shares: Mapping[int, Share],
        clocks: Mapping[int, Clock],
        files: Mapping[int, Sequence[Attachment]] | None = None,
    ) -> None:
        self.directory, self.pack, self.shares, self.clocks = directory, pack, shares, clocks
        self.files = files or {}

    def days(self, entries: Iterable[Entry], now: datetime) -> list[Day]:
        """`entries` (any order, with their enclosures) as days, newest first."""
        lines = sorted(self.lines(entries), key=lambda line: -line.number)
        today = now.astimezone(SHANGHAI).date()
        groups = groupby(lines, key=lambda line: line.at.astimezone(SHANGHAI).date())
        return [Day(day_title(day, today), list(group)) for day, group in groups]

    def lines(self, entries: Iterable[Entry]) -> list[Line]:
        """A line for each entry, oldest first."""
        found: list[Line] = []
        owner: Any = None
        for entry in sorted(entries, key=lambda entry: entry.number):
            now_owner = (entry.derived.get("owner") or [None] * 4)[1:]
            turning = now_owner != owner or entry.action.startswith("clock.")
            owner = now_owner
            what, quote = self._told(entry)
            files, actor = self.files.get(entry.pk, ()), self.actor(entry)
            found.append(Line(entry.number, entry.action, entry.at, actor, what, quote, turning, files))
        return found

    def actor(self, entry: Entry) -> str:
        """`热力公司 周启明`, `热线中心 回访员 韩静`, or `系统`."""
        if entry.staff_id is None:
            return "系统"
        unit = self.directory.units.get(entry.unit_id or 0)
        person = self.directory.staff.get(entry.staff_id)
        post = str(Role(entry.post_role).label) if entry.post_role in lifecycle.CENTRE else ""
        names = [unit.short_name or unit.name if unit else "", post, person.name if person else ""]
        return " ".join(name for name in names if name)

    def _told(self, entry: Entry) -> tuple[str, str]:
        verb = verbs.get(entry.action)
        if entry.action in ("clock.warned", "clock.breached"):
            return self._rung(entry), ""
        payload = payload_of(entry)
        if payload is None:
            return lifecycle.find(entry.action).title, ERASED
        what, quote = verb.tell_under(payload, self.pack)
        if entry.action == "order.registered":
            # The request itself stands beside the timeline; what the caller was told stands only here (C35).
            quote = f"告知诉求人：{getattr(payload, 'told', '')}"
        moved = self._moved(entry)
        if entry.action == "extension.decided" and not moved and (due := getattr(payload, "due", None)):
            what += f"，延至{show_due(due)}"
        return what + self._object(payload, entry) + moved + self._laid(entry), quote.strip()

    def _moved(self, entry: Entry) -> str:
        """`；办理时限由2026年11月27日24:00改为2026年11月20日24:00（更正）`: what the act did to clocks, and why."""
        lines = [(self.clocks[line[0]], line) for line in entry.derived.get("move", ()) if line[0] in self.clocks]
        return "".join(
            f"；{self._whose(clock)}{clock_title(self.pack, clock)}时限由{_due(line[2])}改为{_due(line[3])}"
            f"（{CAUSE_TITLES.get(line[5], '')}）"
            for clock, line in lines
        )

    def _laid(self, entry: Entry) -> str:
        """`；交办：主要负责人过问（大店镇主要负责人）`: what rules of the pack laid on whom with the act."""
        found = []
        for laid in (Laid(*line) for line in entry.derived.get("laid", ())):
            rule = self.pack.task(laid.rule)
            stands = f"，{Role(laid.vacant).label}岗位空缺" if laid.vacant else ""
            whom = f"{rule.title if rule else laid.kind}（{self._unit(laid.unit)}{Role(laid.role).label}{stands}）"
            found.append(f"；到{_due(laid.comes)}仍未办结的再交办：{whom}" if laid.comes else f"；交办：{whom}")
        return "".join(found)

    def _whose(self, clock: Clock) -> str:
        share = self.shares.get(clock.share_id or 0)
        return self._unit(share.unit_id) if share else ""

    def _object(self, payload: Payload, entry: Entry) -> str:
        """To whom it went, and whose share it is about where that is not the actor's own."""
        given = getattr(payload, "shares", None)
        if given:
            return "：" + "、".join(f"{self._unit(s.unit)}（{ROLE_TITLES[s.role]}）" for s in given)
        if entry.action == "order.shown":
            return f"，{self._to_whom(payload)}"
        about = self.shares.get(getattr(payload, "share", None) or 0)
        parts = f"（{self._unit(about.unit_id)}）" if about and about.unit_id != entry.unit_id else ""
        target = getattr(payload, "next_unit", None) or getattr(payload, "unit", None)
        if target:
            parts += f"：{self._unit(target)}"
        if suggested := getattr(payload, "suggested_unit", None):
            parts += f"，建议由{self._unit(suggested)}承办"
        if entry.action == "order.handed_over":
            people = {line[2] for line in (*entry.payload.get("holders", ()), *entry.derived.get("holders", ()))}
            people = people or {owner[3] for owner in [entry.derived.get("owner")] if owner}
            names = [self.directory.staff[pk].name for pk in sorted(people) if pk in self.directory.staff]
            return "：" + "、".join(names) if names else ""
        person = self.directory.staff.get(getattr(payload, "to", None) or 0)
        return parts + (f"：{person.name}" if person else "")

    def _to_whom(self, payload: Any) -> str:
        """To whom an order was shown."""
        role = str(Role(payload.role).label) if payload.role else ""
        people = (self.directory.staff.get(pk) for pk in payload.people)
        names = [*(f"{self._unit(pk)}{role}" for pk in payload.units), *(person.name for person in people if person)]
        return "、".join(names)

    def _unit(self, pk: int) -> str:
        unit = self.directory.units.get(pk)
        return unit.short_name or unit.name if unit else "已撤销的单位"

    def _rung(self, entry: Entry) -> str:
        """`发出黄牌提醒：办理时限 2026年11月27日24:00到期`: by the rule and due time of then, as the entry has them."""
        payload = entry.payload
        rung = zip(payload.get("clocks", ()), payload.get("rules", ()), payload.get("dues", ()), strict=False)
        named = "；".join(
            f"{rule_title(self.pack, rule, self.clocks[pk].kind)}时限 {_due(due)}到期"
            for pk, rule, due in rung
            if pk in self.clocks
        )
        card = "发出黄牌提醒" if entry.action == "clock.warned" else "发出红牌，已逾期"
        return f"{card}：{named}" if named else card


def _due(text: str) -> str:
    return show_due(datetime.fromisoformat(text))


def payload_of(entry: Entry) -> Payload | None:
    """What the entry says, public and private part together; None if its private part was erased."""
    enclosure = getattr(entry, "enclosure", None)
    body = enclosure.body if enclosure else {}
    try:
        return verbs.recorded(entry.action, entry.version).payload.model_validate({**entry.payload, **body})
    except ValidationError:
        return None


def clock_title(pack: Pack, clock: Clock) -> str:
    """The name of the clock's rule; its kind where the pack does not know it any more."""
    return rule_title(pack, clock.rule, clock.kind)


def rule_title(pack: Pack, rule: str, kind: str) -> str:
    """The same for a rule that the clock may have no longer."""
    found = pack.task(rule) or pack.clock_like(rule, kind)
    return found.title if found else kind


def day_title(day: date, today: date) -> str:
    """`11 月 18 日 周三（今天）`."""
    year = f"{day.year} 年 " if day.year != today.year else ""
    mark = {0: "（今天）", 1: "（昨天）"}.get((today - day).days, "")
    return f"{year}{day.month} 月 {day.day} 日 周{_WEEKDAYS[day.weekday()]}{mark}"
