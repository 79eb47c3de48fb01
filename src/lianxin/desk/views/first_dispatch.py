"""首派: of each item of the catalogue, each dispatcher and each unit, how many first dispatches stayed where they went.

Every number leads to its orders.  An item that has wandered is what the catalogue has to say more clearly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from lianxin.bulletins.gather import period
from lianxin.directory.snapshot import Snapshot
from lianxin.dispatch.models import CatalogueRow
from lianxin.figures.count import Measures, count
from lianxin.figures.kept import kept
from lianxin.ledger import backdated
from lianxin.ledger.moments import one_moment
from lianxin.orders.reach import SEES_CENTRE

from ..seats import SUPERVISES, DeskRequest, Seat, refuse, seated
from ..weeks import WEEK, Week, stamped, typed

NAMES = ["first_sent", "first_right"]
FORMULA = "first_dispatch_success"
#: So many of each table: those of which most went wrong.
MOST = 60
#: How many weeks before the one that is shown stand beside it.
BEFORE = 4


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table: of whom or what, how many went out, how many stayed, the share, and where its orders are."""

    title: str
    sent: int
    right: int
    share: str
    url: str

    @property
    def wrong(self) -> int:
        """How many did not stay."""
        return self.sent - self.right


@require_GET
@seated
def page(request: DeskRequest) -> HttpResponse:
    """One week, all of the centre."""
    seat = request.seat
    if seat.role not in SEES_CENTRE:
        return refuse(request, "首派准确率的明细由热线中心查看；本单位的退单、改派见指标页。")
    week = typed(request, timezone.localdate())
    directory, centre = seat.directory, seat.directory.centre_id
    try:
        scope, pack = period(directory, week.first, week.last)
    except LookupError:
        messages.error(request, "这一周还没有生效的规则包，没有指标")
        return redirect("desk:home")
    stamp = (backdated.stamp(centre), directory.stamp)
    scope, by = kept(("first", centre, week.first), stamp, lambda: (scope, _counted(scope)))
    make = _Lines(pack.formulas.get(FORMULA), week, f"&at={stamped(scope.cutoff)}" if week.running else "")
    total = make.line("全部", by["unit_id"].values(), "")
    shown: dict[str, Any] = {"seat": seat, "here": "figures", "week": week, "cutoff": scope.cutoff, "most": MOST}
    shown |= {
        "total": total,
        "weeks": [_of_week(directory, Week(week.first - n * WEEK), stamp) for n in range(BEFORE, 0, -1)],
        "tables": [
            ("按目录事项", make.lines(by["item"], _items(centre, by["item"]), "item")),
            ("按派单员", make.lines(_seen(seat, by["dispatcher"]), lambda pk: _person(directory, pk), "dispatcher")),
            ("按首派单位", make.lines(by["unit_id"], lambda pk: _unit(directory, pk), "unit")),
        ],
    }
    return render(request, "desk/first_dispatch.html", shown)


def _of_week(directory: Snapshot, week: Week, stamp: Any) -> dict[str, Any]:
    """How many of an earlier week's first dispatches stayed, as known at its end; nothing without a pack in force."""
    try:
        scope, pack = period(directory, week.first, week.last)
    except LookupError:
        return {"week": week}
    sums = kept(("first-week", scope.centre, week.first), stamp, lambda: count(scope, NAMES)[()])
    rule = pack.formulas.get(FORMULA)
    sent = sums["first_sent"]
    return {"week": week, "sent": sent, "wrong": sent - sums["first_right"], "share": rule.show(sums) if rule else ""}


def _counted(scope: Any) -> dict[str, dict[Any, Measures]]:
    with one_moment():
        return {
            column: {group[0]: line for group, line in count(scope, NAMES, by=[column]).items()}
            for column in ("item", "dispatcher", "unit_id")
        }


@dataclass(frozen=True)
class _Lines:
    """How the pack makes a share of what was counted, and where its orders stand."""

    rule: Any
    week: Week
    moment: str

    def lines(self, by: Mapping[Any, Measures], title: Callable[[Any], str], kind: str) -> list[Line]:
        """Those of which most went wrong first."""
        worst = sorted(by.items(), key=lambda pair: (pair[1]["first_right"] - pair[1]["first_sent"], str(pair[0])))
        return [self.line(title(key), [line], f".{kind}.{key or '-'}") for key, line in worst[:MOST]]

    def line(self, title: str, lines: Any, group: str) -> Line:
        """Some lines together."""
        given = list(lines)
        sums = {name: sum(line[name] for line in given) for name in NAMES}
        share = self.rule.show(sums) if self.rule else ""
        url = f"{reverse('desk:behind', args=[self.week.name])}?key=first_sent{group}{self.moment}"
        return Line(title, sums["first_sent"], sums["first_right"], share, url)


def _seen(seat: Seat, by: Mapping[int, Measures]) -> Mapping[int, Measures]:
    """Of the dispatchers those whose figures this seat sees: all, or itself."""
    return by if seat.role in SUPERVISES else {who: line for who, line in by.items() if who == seat.staff.pk}


def _items(centre: int, by: Mapping[Any, Measures]) -> Callable[[Any], str]:
    """The names of items by their codes, as the catalogue had them last."""
    rows = CatalogueRow.objects.filter(centre=centre, code__in=[code for code in by if code], since__isnull=False)
    names: dict[str, str] = dict(rows.order_by("since", "pk").values_list("code", "item"))
    return lambda code: f"{code} {names.get(code, '')}".strip() if code else "没有按目录派单的"


def _person(directory: Snapshot, pk: int | None) -> str:
    person = directory.staff.get(pk or 0)
    return person.name if person else "系统（随接随派、裁定、导入）"


def _unit(directory: Snapshot, pk: int) -> str:
    unit = directory.units.get(pk)
    return (unit.short_name or unit.name) if unit else "—"
