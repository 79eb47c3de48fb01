"""The sheet of shifts: who is on duty for which post, from when to when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from lianxin.rules.worktime import SHANGHAI
from lianxin.workbooks.times import TimeError, instant

from .. import rosters
from ..models import Centre, Post, Roster, Shift, Staff
from ..roles import Role
from .base import CellError, Cells, Column, Key, Sheet

POST, PERSON, START, UNTIL = "岗位", "人员用户名", "上班时间", "下班时间"
_NO_TIME = "“{}”不是时间，请按 2026-11-30 08:00 的格式填写。"
_KEPT = "班表已生效，班次只能新增或者撤下，不能改。"


class Shifts(Sheet):
    """Shifts by post, person and beginning.  They go into the roster of that post in which they lie: a draft, or one in
    force for what is to come (`rosters.require_to_come`).

    A post is written as its unit's code and its name, with its role where the unit has two of that name.
    """

    name = "shifts"
    title = "班次"
    model = Shift

    def __init__(self, centre: Centre) -> None:
        super().__init__(centre)
        self._rosters: dict[str, list[Roster]] = {}
        self._people: dict[str, Staff] = {}
        self.columns = (
            Column(POST, "", required=True),
            Column("班组", "team"),
            Column(PERSON, "staff", self._person, lambda person: str(person.username), required=True),
            Column(START, "start", _time, _show, required=True),
            Column(UNTIL, "until", _time, _show, required=True),
        )

    def existing(self) -> Iterable[Shift]:
        self._people = {person.username: person for person in self.centre.staff.all()}
        running = self.centre.rosters.exclude(state=Roster.State.ENDED)
        about = list(running.select_related("post__unit").order_by("start", "id"))
        self._rosters = _by_label(about)
        known = {roster.pk: roster for roster in about}
        shifts = list(Shift.objects.filter(roster__in=known, withdrawn=False).select_related("staff").order_by("start"))
        for shift in shifts:
            shift.roster = known[shift.roster_id]
        return sorted(shifts, key=lambda shift: (_label(shift.roster.post), shift.start, shift.pk))

    def describe(self, target: Shift) -> dict[str, str]:
        return {POST: _label(target.roster.post), **super().describe(target)}

    def key_of(self, target: Shift) -> Key:
        return _label(target.roster.post), target.staff.username, _show(target.start)

    def key(self, cells: Cells) -> Key:
        post, text = cells.get(POST, "").strip(), cells.get(START, "")
        found = self._rosters.get(post)
        with suppress(CellError):  # told beside its column
            text = _show(_time(text))
        return _label(found[0].post) if found else post, cells.get(PERSON, "").strip(), text

    def new(self, key: Key) -> Shift:
        assert isinstance(key, tuple)
        label, _, start = key
        at = _time(start)
        found = [roster for roster in self._rosters.get(label, ()) if roster.start <= at < roster.until]
        if not found:
            raise CellError(f"“{label}”在 {start} 没有班表，请先新建班表（草稿），再导入班次。")
        # A draft of the same time is what is being drawn up.
        drafts = [roster for roster in found if roster.state == Roster.State.DRAFT]
        return Shift(centre=self.centre, roster=(drafts or found)[0])

    def name_of(self, key: Key) -> str:
        assert isinstance(key, tuple)
        return " ".join(key)

    def carry(self, target: Shift, cells: Cells, *, applied: bool) -> None:
        """As the administrator's own form does it: of a roster in force nothing is changed, only added."""
        if target.pk is not None and target.roster.state != Roster.State.DRAFT:
            raise ValidationError({"start": _KEPT})
        rosters.require_to_come(target, timezone.now())
        super().carry(target, cells, applied=applied)

    def _person(self, username: str) -> Staff:
        if username not in self._people:
            raise CellError(f"没有用户名为“{username}”的人员，请先导入人员。")
        return self._people[username]


def _label(post: Post) -> str:
    return f"{post.unit.code} {post.name}（{Role(post.role).label}）"


def _by_label(running: Iterable[Roster]) -> dict[str, list[Roster]]:
    """The rosters by how their post may be written: without its role where that means one post alone."""
    found, short = defaultdict[str, list[Roster]](list), defaultdict[str, list[Roster]](list)
    for roster in running:
        found[_label(roster.post)].append(roster)
        short[f"{roster.post.unit.code} {roster.post.name}"].append(roster)
    plain = {label: rows for label, rows in short.items() if len({roster.post_id for roster in rows}) == 1}
    return {**plain, **found}


def _time(text: str) -> datetime:
    try:
        at, day_only = instant(text)
    except TimeError as error:
        raise CellError(_NO_TIME.format(text)) from error
    if day_only:
        raise CellError(_NO_TIME.format(text))
    return at


def _show(at: Any) -> str:
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
