"""规范用语: the phrases of a unit and of the centre, written, revised in versions, and offered beside a form."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lianxin.rules import lifecycle

from .. import faces, phrases, sheets, taken
from ..clocks import full
from ..models import Phrase
from ..phrases import EXPORTED, Overtaken
from ..seats import ONLY_LOOKING, DeskRequest, Seat, refuse, seated
from .order import look

PAGE = 50
STATES = {"": "在用", "retired": "已停用"}
HEADINGS = ("表单", "理由", "名称", "用语", "所属", "版本", "本版使用", "累计使用", "更改人", "更改时间")
CHANGED = "这条用语刚刚被别人更改过，请核对下面的最新内容后再提交"


@require_safe
@seated
def listing(request: DeskRequest) -> HttpResponse:
    """A page of them, with how often each was used."""
    seat = request.seat
    page = Paginator(_chosen(request), PAGE).get_page(request.GET.get("page"))
    shown = _shown(request) | {"page": page, "lines": [_line(seat, phrase) for phrase in page]}
    return render(request, "desk/phrases.html", shown)


@require_safe
@seated
def export(request: DeskRequest) -> HttpResponse:
    """The same as a sheet; that it was taken is in the journal."""
    seat = request.seat
    if not seat.may(EXPORTED):
        return refuse(request, "您的岗位不能导出规范用语。")
    rows = [_line(seat, phrase) for phrase in _chosen(request)[: sheets.MOST_ROWS]]
    taken.note(seat, EXPORTED, rows=len(rows))
    return sheets.answer("规范用语", HEADINGS, map(_cells, rows), seat.now)


@require_http_methods(["GET", "HEAD", "POST"])
@seated
def new(request: DeskRequest) -> HttpResponse:
    """A new one."""
    return _written(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@seated
def phrase(request: DeskRequest, line: str) -> HttpResponse:
    """One with all its versions; to whoever keeps it, the form of the next."""
    found = phrases.versions(request.seat, line)
    if not found:
        raise Http404
    return _written(request, found)


@require_POST
@seated
def retire(request: DeskRequest, line: str) -> HttpResponse:
    """It is offered no more."""
    seat, found = request.seat, phrases.versions(request.seat, line)
    if not found:
        raise Http404
    if not phrases.may_write(seat, found[0]):
        return refuse(request, _why_not(seat))
    try:
        phrases.retire(seat, found[0])
    except Overtaken:
        return _draw(request, found, _of(found[0]), status=409, refusal=CHANGED)
    messages.success(request, "已停用")
    return redirect("desk:phrases")


@require_safe
@seated
def pick(request: DeskRequest, number: str, action: str) -> HttpResponse:
    """Those that fit the open form of a verb: a fragment."""
    if action not in faces.in_order():
        raise Http404
    dossier = look(request.seat, number)
    groups, more = phrases.offered(request.seat, action, dossier.pack)
    shown = {"groups": groups, "more": more, "form": action, "writes": phrases.may_write(request.seat)}
    return render(request, "desk/_phrases.html", shown)


# --- parts --------------------------------------------------------------------------------------
def _written(request: DeskRequest, found: list[Any] | None) -> HttpResponse:
    seat, now = request.seat, found[0] if found else None
    writes = phrases.may_write(seat, now)
    if request.method != "POST":
        if not writes and not found:
            return refuse(request, _why_not(seat))
        first = {"action": request.GET.get("action", ""), "reason": "", "title": "", "text": ""}
        return _draw(request, found, _of(now) if now else first)
    if not writes:
        return refuse(request, _why_not(seat))
    said = phrases.typed(request.POST)
    if wrong := phrases.problems(seat, said):
        return _draw(request, found, said, status=422, wrong=wrong)
    if now is not None and (str(now.version) != request.POST.get("version") or now.until is not None):
        return _draw(request, found, said, status=409, refusal=CHANGED)
    try:
        written = phrases.write(seat, said, over=now)
    except Overtaken:
        return _draw(request, phrases.versions(seat, now.line) if now else None, said, status=409, refusal=CHANGED)
    messages.success(request, f"已保存第 {written.version} 版" if written.version > 1 else "已保存")
    return redirect("desk:phrase", line=written.line)


def _draw(
    request: DeskRequest,
    found: list[Any] | None,
    said: dict[str, str],
    *,
    status: int = 200,
    wrong: dict[str, str] | None = None,
    refusal: str = "",
) -> HttpResponse:
    seat, now = request.seat, found[0] if found else None
    forms = phrases.forms_of(seat)
    reasons = [(action, title, phrases.reasons_of(seat.pack, action)) for action, title in forms]
    shown: dict[str, Any] = {"seat": seat, "here": "phrases", "said": said, "wrong": wrong or {}, "refusal": refusal}
    shown |= {"forms": forms, "now": now, "versions": [_line(seat, each) for each in found or ()]}
    shown |= {"reasons": [each for each in reasons if each[2]], "writes": phrases.may_write(seat, now)}
    return render(request, "desk/phrase.html", shown, status=status)


def _of(phrase: Phrase) -> dict[str, str]:
    return {name: getattr(phrase, name) for name in ("action", "reason", "title", "text")}


def _asked(request: DeskRequest) -> dict[str, str]:
    asked = {name: request.GET.get(name, "").replace("\x00", "").strip()[:60] for name in ("state", "form", "q")}
    return asked | ({} if asked["state"] in STATES else {"state": ""})


def _chosen(request: DeskRequest) -> Any:
    asked = _asked(request)
    return phrases.listed(request.seat, asked["form"], asked["q"], retired=asked["state"] == "retired")


def _shown(request: DeskRequest) -> dict[str, Any]:
    seat, asked = request.seat, _asked(request)
    return {
        "seat": seat,
        "here": "phrases",
        "asked": asked,
        "query": urlencode(asked),
        "states": [(code, title, code == asked["state"]) for code, title in STATES.items()],
        "forms": phrases.forms_of(seat),
        "writes": phrases.may_write(seat),
        "exports": seat.may(EXPORTED),
    }


def _line(seat: Seat, phrase: Any) -> dict[str, Any]:
    """One as a row of the list."""
    unit = seat.directory.units.get(phrase.unit_id)
    whole = phrase.unit_id == seat.directory.root.id
    return {
        "phrase": phrase,
        "form": lifecycle.find(phrase.action).title,
        "reason": phrases.reasons_of(seat.pack, phrase.action).get(phrase.reason, phrase.reason) or "不限",
        "of": "全中心" if whole or unit is None else unit.short_name or unit.name,
        "uses": phrase.n_uses or 0,
        "uses_ever": getattr(phrase, "n_ever", None) or 0,
        "url": reverse("desk:phrase", args=[phrase.line]),
    }


def _cells(line: dict[str, Any]) -> tuple[str, ...]:
    phrase = line["phrase"]
    words = (line["form"], line["reason"], phrase.title, phrase.text, line["of"], str(phrase.version))
    return (*words, str(line["uses"]), str(line["uses_ever"]), phrase.staff.name, full(phrase.since))


def _why_not(seat: Seat) -> str:
    if not seat.acting:
        return ONLY_LOOKING
    return "各单位的规范用语由本单位的经办人和负责人维护，全中心的由督办员维护。"
