"""规章制度: the rule book in force, the versions before and after it, its systems and its rules in their own words."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lianxin.directory import adoption
from lianxin.directory.lines import PolicyLine
from lianxin.directory.models import Centre, PolicyVersion
from lianxin.rules.policy import Pack, PolicyError
from lianxin.rules.policy_explain import Explained, explained
from lianxin.rules.policy_rows import Statement, SystemRule
from lianxin.rules.policy_stages import by_stage
from lianxin.rules.serving import served, serves
from lianxin.rules.worktime import SHANGHAI

from ..seats import DeskRequest, Seat, seated

serves("B03", "B38", "D23")
#: What a line of a mechanism says of its original words begins so.
WORDS = ("原文：", "出处：")


@dataclass(frozen=True, slots=True)
class Version:
    """A rule book as the centre adopted it: from when on, whether it is the one of today, who adopted it and when."""

    since: date
    title: str
    version: str
    state: str
    adopted_at: datetime
    adopted_by: str
    #: None where what is kept of it cannot be read
    pack: Pack | None


@require_safe
@seated
def page(request: DeskRequest) -> HttpResponse:
    """The book in force, or the version that is asked for by its first day; `q` looks for words in it."""
    seat = request.seat
    versions = _versions(seat)
    words = request.GET.get("q", "").strip()[:60]
    chosen = _chosen(versions, request.GET.get("since", ""), seat.now.astimezone(SHANGHAI).date())
    pack = chosen.pack if chosen else None
    shown = {"seat": seat, "here": "regulations", "versions": versions, "chosen": chosen, "words": words}
    shown["systems"] = _systems(pack, words) if pack else []
    shown["of_systems"] = _clauses(pack) if shown["systems"] and pack else []
    shown["stages"] = by_stage(_rules(pack, words), served()) if pack else []
    shown |= {"marks": WORDS, "body": Centre.objects.values_list("body", flat=True).get(pk=seat.directory.centre_id)}
    return render(request, "desk/regulations.html", shown)


def _versions(seat: Seat) -> list[Version]:
    """Every version that the centre has adopted, the latest first; one statement asks who adopted them."""
    lines = seat.directory.policies
    days = [line.effective_from for line in lines]
    rows = PolicyVersion.objects.filter(centre=seat.directory.centre_id, effective_from__in=days)
    adopted = {row.effective_from: row for row in rows.select_related("adopted_by")}
    return [_version(seat, line, adopted[line.effective_from]) for line in lines if line.effective_from in adopted]


def _version(seat: Seat, line: PolicyLine, row: PolicyVersion) -> Version:
    pack = None
    with suppress(PolicyError):
        pack = seat.directory.find_pack(line.pack)
    return Version(
        since=line.effective_from,
        title=pack.title if pack else f"{line.pack_id}（内容不能读取）",
        version=line.version,
        state=adoption.state_of(row, seat.directory.policies, seat.now.astimezone(SHANGHAI).date()),
        adopted_at=row.adopted_at,
        adopted_by=row.adopted_by.name if row.adopted_by else "",
        pack=pack,
    )


def _chosen(versions: list[Version], since: str, today: date) -> Version | None:
    """The version that is asked for, else the one in force, else the first to come."""
    asked = next((one for one in versions if one.since.isoformat() == since), None)
    in_force = next((one for one in versions if one.since <= today), None)
    return asked or in_force or (versions[-1] if versions else None)


def _systems(pack: Pack, words: str) -> list[SystemRule]:
    return [row for row in pack.systems if _speaks((row.code, row.title, row.text), words)]


def _clauses(pack: Pack) -> list[Statement]:
    """The clauses that demand the systems."""
    ids = {row.row for row in pack.systems}
    return [row for row in pack.rules if isinstance(row, Statement) and row.row in ids]


def _rules(pack: Pack, words: str) -> list[Explained]:
    """All other mechanisms."""
    ids = {row.row for row in pack.systems}
    found = [each for each in explained(pack, served()) if each.id not in ids]
    return [each for each in found if _speaks((each.id, each.title, *each.lines), words)]


def _speaks(texts: Iterable[str], words: str) -> bool:
    return any(words in text for text in texts)
