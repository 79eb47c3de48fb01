"""交接: who goes, who takes over, what that touches; and 重算时限 after the days off have changed.

Both show first and are done with one click on what was shown: what it touches stands in `dispatch.handover` and
`orders.recounting`, which the commands use too.  If it has changed in between, nothing is done and the page says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from lianxin.dispatch import handover
from lianxin.dispatch.handover import Plan, Step
from lianxin.orders import recounting
from lianxin.rules.lifecycle import SHARE_TITLES, ShareState
from lianxin.rules.policy import PolicyError
from lianxin.rules.worktime import show_due

from .. import choices
from ..fields import Named
from ..seats import ONLY_LOOKING, DeskRequest, Seat, refuse, seated

PAGE = 50
CHANGED = "预览以后情况有变，没有移交。请核对下面现在的情况，再确认一次。"
RIGHT = {"person": "people.handed_over", "unit": "units.handed_over"}


class PersonForm(forms.Form):
    """Which person goes, and who takes over."""

    def __init__(self, seat: Seat, data: Any) -> None:
        super().__init__(data)
        leavers, heirs = (choices.people(seat.directory, kind, within(seat)) for kind in ("leaver", "heir"))
        self.fields["of"] = Named("leaver", leavers, label="移出的人员")
        self.fields["to"] = Named("heir", heirs, label="接手的人员", required=False)
        self.fields["to"].help_text = "不填时，由各岗位的现任人员接手"
        self.seat = seat

    def clean(self) -> None:
        if (to := self.cleaned_data.get("to")) and to == self.cleaned_data.get("of"):
            self.add_error("to", "接手的人员不能是移出的人员本人，请另选一人")

    def plan(self) -> Plan:
        """What this touches now."""
        seat, asked = self.seat, self.cleaned_data
        return handover.of_person(seat.directory, asked["of"], asked["to"], seat.now, within=within(seat))


class UnitForm(forms.Form):
    """Which unit is closed, and which takes over."""

    reason = forms.CharField(label="理由", max_length=200, initial="机构调整，整体移交")

    def __init__(self, seat: Seat, data: Any) -> None:
        super().__init__(data)
        directory = seat.directory
        closing = Named("closing", choices.picks(directory, "closing"), label="移出的单位")
        taking = Named("unit", choices.picks(directory, "unit"), label="接手的单位")
        basis = [(basis.code, basis.title) for basis in _bases(seat)]
        chosen = forms.ChoiceField(choices=basis, label="改派依据", initial=basis[0][0] if basis else "")
        self.fields = {"of": closing, "to": taking, "basis": chosen, "reason": self.fields["reason"]}
        self.seat = seat

    def clean(self) -> None:
        if (to := self.cleaned_data.get("to")) and to == self.cleaned_data.get("of"):
            self.add_error("to", "接手的单位不能是移出的单位本身，请另选一家")

    def plan(self) -> Plan:
        """What this touches now."""
        asked = self.cleaned_data
        how = {"basis": asked["basis"], "reason": asked["reason"]}
        return handover.of_unit(self.seat.directory, asked["of"], asked["to"], **how)


def within(seat: Seat) -> int | None:
    """The unit between whose people this post may hand over; None: any."""
    return seat.post.unit if seat.in_unit else None


def _bases(seat: Seat) -> Any:
    try:
        return seat.directory.pack(seat.now).basis.allowed
    except (LookupError, PolicyError):
        return ()


@dataclass(frozen=True)
class Line:
    """One share as the page lists it; title and address only for who may see the order."""

    step: Step
    title: str
    url: str
    unit: str
    state: str
    outcome: str


@require_http_methods(["GET", "HEAD", "POST"])
@seated
def page(request: DeskRequest) -> HttpResponse:
    """GET asks, and shows what it would touch; POST does what was shown."""
    seat, sent = request.seat, request.method == "POST"
    if not any(seat.may(act) for act in RIGHT.values()):
        return refuse(request, ONLY_LOOKING if not seat.acting else "您的岗位不能办理交接；请联系派单员、督办员。")
    given = request.POST if sent else request.GET
    what = given.get("what", "person")
    if what not in RIGHT or (what == "unit" and seat.in_unit):
        raise Http404
    asked = given if given.get("of") or given.get("to") or sent else None
    form = PersonForm(seat, asked) if what == "person" else UnitForm(seat, asked)
    shown = {"seat": seat, "here": "handover", "what": what, "form": form, "units": not seat.in_unit}
    if asked is None or not form.is_valid():
        return render(request, "desk/handover.html", shown, status=422 if asked is not None else 200)
    if not sent:
        return render(request, "desk/handover.html", shown | _shown(request, form, what))
    if not seat.may(RIGHT[what]):
        return refuse(request, "移交单位的承办件须由派单员或督办员确认。")
    return _take(request, form, shown, what)


def _take(request: DeskRequest, form: PersonForm | UnitForm, shown: dict[str, Any], what: str) -> HttpResponse:
    seat = request.seat
    mark = request.POST.get("mark", "")
    try:
        outcome = handover.take_shown(form.plan, mark, seat.actor, seat.now)
    except handover.Changed:
        now = _shown(request, form, what)
        if now["plan"].steps:
            messages.error(request, CHANGED)
        else:
            messages.info(request, f"{now['name']}已经没有未办结的承办件，没有再移交。")
        return render(request, "desk/handover.html", shown | now, status=409)
    messages.success(request, f"{_name(seat, what, form.cleaned_data['of'])}的 {outcome.orders} 件工单已移交")
    for step, problem in outcome.refused:
        messages.error(request, f"{step.number} 没有移交：{problem}")
    return redirect(f"{reverse('desk:handover')}?{_query(request, what)}")


def _shown(request: DeskRequest, form: PersonForm | UnitForm, what: str) -> dict[str, Any]:
    """What the preview shows of a plan, a page of it."""
    seat, plan = request.seat, form.plan()
    lines = Paginator(plan.steps, PAGE).get_page(request.GET.get("page"))
    numbers = {step.order for step in lines}
    titles: dict[int, str | None] = dict(seat.whole.filter(pk__in=numbers).values_list("pk", "appeal__title"))
    return {
        "plan": plan,
        "name": _name(seat, what, plan.of[1]),
        "page": lines,
        "lines": [_line(seat, step, titles) for step in lines],
        "stuck": len(plan.steps) - len(plan.able),
        "confirms": seat.may(RIGHT[what]),
        "orders": len({step.order for step in plan.able}),
        "query": _query(request, what),
    }


def _line(seat: Seat, step: Step, titles: dict[int, str | None]) -> Line:
    seen = step.order in titles
    title = (titles[step.order] or "（原文已按期删除）") if seen else ""
    url = reverse("desk:order", args=[step.number]) if seen else ""
    unit = seat.directory.units[step.unit]
    outcome = handover.outcome_of(seat.directory, step)
    return Line(step, title, url, unit.short_name or unit.name, SHARE_TITLES[ShareState(step.state)], outcome)


def _name(seat: Seat, what: str, pk: int) -> str:
    return seat.directory.staff[pk].name if what == "person" else seat.directory.units[pk].name


def _query(request: DeskRequest, what: str) -> str:
    given = request.POST or request.GET
    asked = {name: given[name] for name in ("of", "to", "basis", "reason") if given.get(name)}
    return urlencode({"what": what} | asked)


@require_http_methods(["GET", "HEAD", "POST"])
@seated
def recount(request: DeskRequest) -> HttpResponse:
    """Which running clocks the present days off move; POST moves those that were shown."""
    seat = request.seat
    if not seat.may("clocks.recounted"):
        return refuse(request, ONLY_LOOKING if not seat.acting else "您的岗位不能重算时限；请联系系统管理员。")
    centre = seat.directory.centre_id
    lines = list(recounting.moved(centre))
    status = 200
    if request.method == "POST":
        if lines and request.POST.get("mark") == recounting.mark(lines):
            done = recounting.recount(lines, centre, seat.now, staff=seat.staff.pk)
            messages.success(request, f"已按现行放假安排调整 {len(lines)} 个时限，涉及 {done} 件工单")
            return redirect("desk:recount")
        sentence = "预览以后情况有变，没有调整。请核对下面现在的情况，再确认一次。"
        messages.error(request, sentence if lines else "时限都已与现行放假安排相符，没有再调整。")
        status = 409
    pages = Paginator(lines, PAGE).get_page(request.GET.get("page"))
    shown = {
        "seat": seat,
        "here": "recount",
        "page": pages,
        "count": len(lines),
        "orders": len({line.order for line in lines}),
        "later": sum(line.new_due > line.due for line in lines),
        "sooner": sum(line.new_due < line.due for line in lines),
        "mark": recounting.mark(lines),
        "lines": [(line, show_due(line.due), show_due(line.new_due)) for line in pages],
    }
    return render(request, "desk/recount.html", shown, status=status)


#: The pickers of this page beside those of the forms: whom this post may name.
PICKS: dict[str, Callable[[Seat], choices.Picks]] = {
    "leaver": lambda seat: choices.people(seat.directory, "leaver", within(seat)),
    "heir": lambda seat: choices.people(seat.directory, "heir", within(seat)),
    "closing": lambda seat: choices.picks(seat.directory, "closing"),
}


def picks(seat: Seat, kind: str) -> choices.Picks:
    """What one of these pickers offers.  Raises Http404 for posts that have no use of it."""
    if kind not in PICKS or not any(seat.may(act) for act in RIGHT.values()) or (kind == "closing" and seat.in_unit):
        raise Http404
    return PICKS[kind](seat)
