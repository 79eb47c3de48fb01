"""导入: the upper platform's orders from a file, seen before they are taken, and its answers to what was raised to it;
and the replies that go back.

The file waits (`awaiting`) between preview and import, known only to the session that brought it.  It is gone once
all of it is imported; what was left lying, or has bad rows, goes when a day has passed, with the next upload or in
the night.  What reads it is handed in by `ops.urls` (`Exchange`): the desk draws, it does not read files.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import Any, Protocol

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lianxin.directory.models import Centre
from lianxin.ledger.acts import Actor
from lianxin.rules.worktime import end_of_day

from . import awaiting, taken
from .seats import ONLY_LOOKING, DeskRequest, refuse, seated
from .watching import progress, watched

LARGEST = 20 * 1024 * 1024
#: All replies of one download are in memory at once; longer periods go through `lianxin import`.
MOST_DAYS = timedelta(days=366)
KEPT = "import"
GONE = {"file": "预览的文件已经不在（全部导入后即删除，没有导入的只留一天），请重新上传"}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


#: Hears (done, total); while rows are read nobody knows the total, and it is None.
Progress = Callable[[int, int | None], None]


class Exchange(Protocol):
    """What the page asks of the exchange.  What a user did wrong comes as a ValueError with a Chinese sentence."""

    def maps(self) -> Sequence[tuple[str, str]]: ...
    def preview(
        self,
        data: bytes,
        name: str,
        map_name: str,
        centre: Centre,
        at: datetime,
        actor: Actor,
        progress: Progress | None = None,
    ) -> Any: ...
    def run(
        self,
        data: bytes,
        name: str,
        map_name: str,
        centre: Centre,
        at: datetime,
        actor: Actor,
        progress: Progress | None = None,
    ) -> Any: ...
    def faults(self, report: Any) -> bytes: ...
    def replies(self, map_name: str, centre: Centre, since: datetime, until: datetime, staff: int) -> bytes: ...


View = Callable[..., HttpResponseBase]


def urls(exchange: Exchange) -> tuple[list[URLPattern], str]:
    """The addresses of the page, to be included under `imports/`."""
    pages: dict[str, tuple[str, View]] = {
        "": ("page", require_http_methods(["GET", "HEAD", "POST"])(_guarded(_page))),
        "progress/": ("progress", require_safe(_guarded(_progress))),
        "run/": ("run", require_POST(_guarded(_run))),
        "faults/": ("faults", require_POST(_guarded(_faults))),
        "replies/": ("replies", require_POST(_guarded(_replies))),
    }
    return [path(at, view, {"exchange": exchange}, name=name) for at, (name, view) in pages.items()], "imports"


def _guarded(view: View) -> View:
    """Only for the posts that take in what the upper platform sends, and only while they act."""

    @seated
    @wraps(view)
    def guarded(request: DeskRequest, exchange: Exchange) -> HttpResponseBase:
        if not request.seat.imports:
            return refuse(request, "您的岗位不能导入工单；请联系派单员。")
        return view(request, exchange) if request.seat.acting else refuse(request, ONLY_LOOKING)

    return guarded


def _page(request: DeskRequest, exchange: Exchange) -> HttpResponseBase:
    """GET asks for a file; POST shows what importing it would do."""
    if request.method != "POST":
        return _draw(request, exchange)
    file, chosen = request.FILES.get("file"), request.POST.get("map", "")
    wrong = _unfit(exchange, file, chosen)
    if wrong or file is None:
        return _draw(request, exchange, status=422, chosen=chosen, wrong=wrong)
    data = file.read()
    name = Path(file.name or "").name[:100]
    try:
        with watched(request.POST.get("watch", ""), request.seat.staff.pk) as hear:
            report = exchange.preview(data, name, chosen, _centre(request), timezone.now(), request.seat.actor, hear)
    except ValueError as error:
        return _draw(request, exchange, status=422, chosen=chosen, wrong={"file": str(error)})
    awaiting.clear(timezone.now())
    request.session[KEPT] = {"token": awaiting.keep(data), "name": name, "map": chosen}
    return _draw(request, exchange, chosen=chosen, report=report, name=name, asking=True)


def _run(request: DeskRequest, exchange: Exchange) -> HttpResponseBase:
    """Import the file that was previewed.  Sent twice, the second time finds nothing new, or no file."""
    found = _kept(request)
    if found is None:
        return _draw(request, exchange, status=422, wrong=GONE)
    data, name, chosen = found
    try:
        with watched(request.POST.get("watch", ""), request.seat.staff.pk) as hear:
            report = exchange.run(data, name, chosen, _centre(request), timezone.now(), request.seat.actor, hear)
    except ValueError as error:
        return _draw(request, exchange, status=422, chosen=chosen, wrong={"file": str(error)})
    if not report.faults:
        # Else the bad rows are still to be taken away.
        awaiting.drop(request.session[KEPT]["token"])
    return _draw(request, exchange, chosen=chosen, report=report, name=name)


def _progress(request: DeskRequest, exchange: Exchange) -> HttpResponseBase:
    """How far the reading of the file has come that this page has sent."""
    name = request.GET.get("of", "")
    shown = {"of": name if name.isalnum() else "", "found": progress(name, request.seat.staff.pk)}
    return render(request, "desk/_import_progress.html", shown)


def _faults(request: DeskRequest, exchange: Exchange) -> HttpResponseBase:
    """The bad rows of the file, to be corrected and imported; found anew, since a preview changes nothing."""
    found = _kept(request)
    if found is None:
        return _draw(request, exchange, status=422, wrong=GONE)
    data, name, chosen = found
    try:
        report = exchange.preview(data, name, chosen, _centre(request), timezone.now(), request.seat.actor)
    except ValueError as error:
        return _draw(request, exchange, status=422, chosen=chosen, wrong={"file": str(error)})
    taken.note(request.seat, "imports.faults_exported", rows=len(report.faults))
    return _download(exchange.faults(report), "faults.xlsx")


def _replies(request: DeskRequest, exchange: Exchange) -> HttpResponseBase:
    """The replies of the days from `since` to `until`, both included."""
    chosen = request.POST.get("map", "")
    if wrong := _unknown(exchange, chosen):
        return _draw(request, exchange, status=422, wrong=wrong)
    try:
        first, last = (date.fromisoformat(request.POST.get(name, "")) for name in ("since", "until"))
    except ValueError:
        return _draw(request, exchange, status=422, chosen=chosen, wrong={"since": "日期格式应为 2026-11-18"})
    if not date(2000, 1, 1) <= first <= last <= date(2100, 1, 1):
        return _draw(request, exchange, status=422, chosen=chosen, wrong={"since": "起日不能晚于止日"})
    if last - first >= MOST_DAYS:
        sentence = f"一次最多下载 {MOST_DAYS.days} 天的答复，请缩短起止日期"
        return _draw(request, exchange, status=422, chosen=chosen, wrong={"since": sentence})
    since, until = end_of_day(first - timedelta(days=1)), end_of_day(last)
    try:
        data = exchange.replies(chosen, _centre(request), since, until, request.seat.staff.pk)
    except ValueError as error:
        return _draw(request, exchange, status=422, wrong={"since": str(error)})
    return _download(data, f"replies-{first:%Y%m%d}-{last:%Y%m%d}.xlsx")


# --- parts --------------------------------------------------------------------------------------


def _unknown(exchange: Exchange, chosen: str) -> dict[str, str]:
    return {} if chosen in dict(exchange.maps()) else {"map": "请选择映射"}


def _unfit(exchange: Exchange, file: UploadedFile[Any] | None, chosen: str) -> dict[str, str]:
    if wrong := _unknown(exchange, chosen):
        return wrong
    if file is None:
        return {"file": "请选择文件"}
    if (file.size or 0) > LARGEST:
        return {"file": f"文件超过 {LARGEST >> 20} MB，请分成几份导入"}
    return {}


def _centre(request: DeskRequest) -> Centre:
    return Centre.objects.get(pk=request.seat.directory.centre_id)


def _kept(request: DeskRequest) -> tuple[bytes, str, str] | None:
    """(data, name, map) of the file that this session has previewed, if it is still there."""
    kept = request.session.get(KEPT)
    if not kept:
        return None
    data = awaiting.read(kept["token"])
    return None if data is None else (data, kept["name"], kept["map"])


def _download(data: bytes, name: str) -> HttpResponse:
    return HttpResponse(data, content_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _draw(request: DeskRequest, exchange: Exchange, status: int = 200, **more: Any) -> HttpResponse:
    today = timezone.localdate()
    shown: dict[str, Any] = {"maps": exchange.maps(), "today": today, "yesterday": today - timedelta(days=1)}
    shown |= {"watch": uuid.uuid4().hex}
    shown |= {"seat": request.seat, "here": "imports", "wrong": {}} | more
    return render(request, "desk/import.html", shown, status=status)
