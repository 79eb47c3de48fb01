"""派单目录: whose duty is what; looked up by everybody, changed in drafts, each shown by what it would have changed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, BinaryIO, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lianxin.directory.sheets.workbook import WorkbookError
from lianxin.dispatch.catalogue import batches, compared, sheet
from lianxin.dispatch.catalogue.batches import Overtaken
from lianxin.dispatch.catalogue.default import default
from lianxin.dispatch.models import CatalogueBatch, CatalogueRow
from lianxin.orders.reach import readers

from .. import catalogue, entered, sheets, taken
from ..catalogue import ENACTED, EXPORTED, WRITTEN
from ..seats import ONLY_LOOKING, DeskRequest, Seat, refuse, seated

PAGE = 50
GONE = "这一批刚刚被别人改动或处理过，请核对下面的最新内容"


@require_safe
@seated
def listing(request: DeskRequest) -> HttpResponse:
    """A page of the rows in force, and the drafts."""
    return _listed(request, catalogue.asked(request.GET))


def _listed(request: DeskRequest, asked: catalogue.Asked, *, status: int = 200, **more: Any) -> HttpResponse:
    seat = request.seat
    page = Paginator(catalogue.listed(seat, asked), PAGE).get_page(request.GET.get("page"))
    shown: dict[str, Any] = {"seat": seat, "here": "catalogue", "asked": asked, "page": page, "query": asked.query}
    shown |= {
        "states": [(code, title, code == asked.state) for code, title in catalogue.STATES.items()],
        "lines": [catalogue.line(seat, row) for row in page],
        "writes": seat.may(WRITTEN),
        "exports": seat.may(EXPORTED),
        "drafts": catalogue.drafts(seat) if seat.may(WRITTEN) else [],
        "rulings": catalogue.rulings(seat) if seat.may(WRITTEN) else [],
        "in_many": catalogue.IN_MANY,
        "empty": not CatalogueRow.objects.filter(centre=seat.directory.centre_id, since__isnull=False).exists(),
    }
    return render(request, "desk/catalogue.html", shown | more, status=status)


@require_safe
@seated
def export(request: DeskRequest) -> HttpResponse:
    """The same as a sheet that can be read in again; that it was taken is in the journal."""
    seat, asked = request.seat, catalogue.asked(request.GET)
    if not seat.may(EXPORTED):
        return refuse(request, "您的岗位不能导出派单目录。")
    rows = catalogue.listed(seat, asked)[: sheets.MOST_ROWS]
    body = sheet.write(rows, seat.directory, seat.pack)
    taken.note(seat, EXPORTED, rows=len(rows))
    return sheets.file("派单目录", body, seat.now)


@require_http_methods(["GET", "HEAD", "POST"])
@seated
def row(request: DeskRequest, row: int | None = None) -> HttpResponse:
    """A row with its versions; to whoever keeps the catalogue, the form of its next version, or of a new row."""
    seat, found = request.seat, _row(request.seat, row) if row else None
    writes = seat.may(WRITTEN)
    if found is None and not writes:
        return refuse(request, _why_not(seat))
    ruling = catalogue.ruled(seat, request.POST.get("ruling") or request.GET.get("ruling") or "") if writes else None
    if request.method != "POST":
        return _draw_row(request, found, catalogue.form_of(seat, found or ruling), ruling=ruling)
    if not writes:
        return refuse(request, _why_not(seat))
    form = catalogue.form_of(seat, found, request.POST)
    new = form.row()
    if new is not None and found is not None and batches.key(new) != batches.key(found):
        form.add_error(None, "事项编码和区域不能更改；请新增一条，并停用原来的一条")
    if new is None or form.errors:
        return _draw_row(request, found, form, ruling=ruling, status=422)
    new.ruling = ruling.ruling if ruling else None
    return _drafted(request, catalogue.own_draft(seat), [new])


def _row(seat: Seat, pk: int) -> CatalogueRow:
    found = CatalogueRow.objects.filter(pk=pk, centre=seat.directory.centre_id, since__isnull=False).first()
    if found is None:
        raise Http404
    return found


def _draw_row(
    request: DeskRequest,
    found: CatalogueRow | None,
    form: catalogue.RowForm,
    *,
    ruling: CatalogueRow | None = None,
    status: int = 200,
) -> HttpResponse:
    seat = request.seat
    old = list(batches.versions(found.centre_id, found.code, found.area_id)[:50]) if found else []
    shown: dict[str, Any] = {"seat": seat, "here": "catalogue", "form": form, "writes": seat.may(WRITTEN)}
    shown["ruling"] = ruling.ruling if ruling else None
    shown |= {"now": catalogue.line(seat, found) if found else None, "versions": [_version(seat, each) for each in old]}
    return render(request, "desk/catalogue_row.html", shown, status=status)


def _version(seat: Seat, row: CatalogueRow) -> dict[str, Any]:
    return catalogue.line(seat, row) | {"by": row.batch.enacted_by, "title": row.batch.title}


@require_POST
@seated
def many(request: DeskRequest) -> HttpResponse:
    """One thing set in all rows that are listed: into the person's draft."""
    seat, asked = request.seat, catalogue.asked(request.POST)
    if not seat.may(WRITTEN):
        return refuse(request, _why_not(seat))
    header, text = request.POST.get("header", ""), request.POST.get("text", "").replace("\x00", "").strip()[:400]
    rows = list(catalogue.listed(seat, asked)[: catalogue.MOST + 1])
    wrong = "" if header in catalogue.IN_MANY else "请选择要改的一项"
    wrong = wrong or ("" if rows else "没有符合条件的条目")
    wrong = wrong or (f"一次最多改 {catalogue.MOST} 条，请先查找缩小范围" if len(rows) > catalogue.MOST else "")
    made: list[CatalogueRow] = []
    if not wrong:
        made, wrong = catalogue.in_many(seat, rows, header, text)
    if wrong:
        return _listed(request, asked, status=422, wrong=wrong, header=header, text=text)
    return _drafted(request, catalogue.own_draft(seat), made)


@require_http_methods(["GET", "HEAD", "POST"])
@seated
def bring_in(request: DeskRequest) -> HttpResponse:
    """A sheet into a draft of its own; with one row wrong nothing is drafted."""
    seat, file = request.seat, request.FILES.get("file")
    if not seat.may(WRITTEN):
        return refuse(request, _why_not(seat))
    shown: dict[str, Any] = {"seat": seat, "here": "catalogue", "headers": sheet.HEADERS, "required": sheet.REQUIRED}
    if request.method != "POST":
        return render(request, "desk/catalogue_import.html", shown)
    try:
        read = sheet.read(cast("BinaryIO", file), seat.directory, seat.pack) if file else None
        wrong = "" if file else "请选择表格文件"
    except WorkbookError as error:
        read, wrong = None, str(error)
    if read is None or read.errors or not read.rows:
        wrong = wrong or ("" if read and read.errors else "表格里没有条目")
        errors = read.errors[:200] if read else []
        more = {"wrong": wrong, "errors": errors, "number": len(read.errors) if read else 0}
        return render(request, "desk/catalogue_import.html", shown | more, status=422)
    title = str(getattr(file, "name", "") or "表格")[-50:]
    for remark in read.remarks:
        messages.info(request, remark)
    return _drafted(request, batches.begin(catalogue.who(seat), f"导入 {title}"[:60], "sheet"), read.rows)


@require_POST
@seated
def usual(request: DeskRequest) -> HttpResponse:
    """The usual catalogue as a draft, with the offices that this centre has no unit for."""
    seat = request.seat
    if not seat.may(WRITTEN):
        return refuse(request, _why_not(seat))
    found = default(seat.directory)
    if not found.rows:
        return _listed(
            request, catalogue.asked({}), status=409, wrong="本中心的诉求类别与通用类别不同，没有可用的通用目录"
        )
    if found.without:
        messages.info(request, f"本中心没有这些单位，有关条目的主办单位留空：{'、'.join(found.without)}")
    return _drafted(request, batches.begin(catalogue.who(seat), "通用目录", "default"), found.rows)


def _drafted(request: DeskRequest, batch: CatalogueBatch, rows: list[CatalogueRow]) -> HttpResponse:
    who = catalogue.who(request.seat)
    try:
        made = batches.draft(batch, rows)
    except Overtaken:
        messages.error(request, GONE)
        return redirect("desk:catalogue")
    batches.wrote(batch, who, made)
    messages.success(request, f"已写入草案：{made} 条有改动" if made else "与现行目录相同，没有改动")
    return redirect("desk:catalogue_draft", batch=batch.pk)


# --- a draft ---------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@seated
def draft(request: DeskRequest, batch: int) -> HttpResponse:
    """A batch: what it changes and would have changed; enacted, dropped, or rows taken out of it."""
    seat = request.seat
    found = CatalogueBatch.objects.filter(pk=batch, centre=seat.directory.centre_id).first()
    if found is None or not (seat.may(WRITTEN) or found.enacted_at):
        raise Http404
    if request.method != "POST":
        return _draw_draft(request, found)
    wanted = {"enact": ENACTED, "drop": WRITTEN, "out": WRITTEN}.get(action := request.POST.get("do", ""))
    if wanted is None:
        raise Http404
    if not seat.may(wanted):
        return refuse(request, "派单目录由督办员或中心领导批准生效。" if wanted == ENACTED else _why_not(seat))
    try:
        return _DOES[action](request, found)
    except Overtaken as error:
        found.refresh_from_db()
        sentence = f"{GONE}：{error}" if error.rows else GONE
        return _draw_draft(request, found, status=409, refusal=sentence)


def _enact(request: DeskRequest, batch: CatalogueBatch) -> HttpResponse:
    day = request.POST.get("since", "").strip()[:20]
    since = catalogue.begins(day, request.seat.now)
    if isinstance(since, str):
        return _draw_draft(request, batch, status=422, wrong=since, since=day)
    try:
        rows = batches.enact(batch, catalogue.who(request.seat), since)
    except ValueError as error:
        return _draw_draft(request, batch, status=422, wrong=str(error), since=day)
    messages.success(request, f"{rows} 条已生效" if not day else f"{rows} 条自 {day} 起生效")
    return redirect("desk:catalogue")


def _drop(request: DeskRequest, batch: CatalogueBatch) -> HttpResponse:
    batches.drop(batch, catalogue.who(request.seat))
    messages.success(request, "草案已作废")
    return redirect("desk:catalogue")


def _out(request: DeskRequest, batch: CatalogueBatch) -> HttpResponse:
    pk = entered.number(request.POST.get("row", ""), 18)
    rows = [batches.key(row) for row in batch.rows.filter(pk=pk)] if pk else []
    batches.take_out(batch, rows)
    return redirect("desk:catalogue_draft", batch=batch.pk)


_DOES = {"enact": _enact, "drop": _drop, "out": _out}


def _draw_draft(request: DeskRequest, batch: CatalogueBatch, *, status: int = 200, **more: Any) -> HttpResponse:
    seat = request.seat
    rows = batch.rows.select_related("over").order_by("code", "area", "pk")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    shown: dict[str, Any] = {"seat": seat, "here": "catalogue", "batch": batch, "page": page, "query": ""}
    shown |= {
        "changes": list(catalogue.changes(seat, list(page))),
        "writes": seat.may(WRITTEN) and batch.is_draft,
        "enacts": seat.may(ENACTED) and batch.is_draft,
        "overtaken": batches.overtaken(batch) if batch.is_draft else [],
        "days": seat.pack.catalogue.look_back.amount,
        "compare_url": reverse("desk:catalogue_compared", args=[batch.pk]),
    }
    return render(request, "desk/catalogue_draft.html", shown | more, status=status)


@require_safe
@seated
def held_against(request: DeskRequest, batch: int) -> HttpResponse:
    """Which orders of the last months a draft would have sent elsewhere: a fragment, since it takes a while."""
    seat = request.seat
    found = CatalogueBatch.objects.filter(pk=batch, centre=seat.directory.centre_id).first()
    if found is None or not seat.may(WRITTEN) or not found.is_draft:
        raise Http404
    since = seat.now - timedelta(days=seat.pack.catalogue.look_back.amount)
    result = compared.compare(seat.directory, found, seat.now, since, readers(seat.staff.pk))
    page = Paginator(result.moved, PAGE).get_page(request.GET.get("page"))
    names = ("went", "now", "then")
    lines = [{"moved": moved} | {name: _named(seat, getattr(moved, name)) for name in names} for moved in page]
    shown = {"result": result, "page": page, "lines": lines, "days": seat.pack.catalogue.look_back.amount}
    return render(request, "desk/_catalogue_compared.html", shown)


def _named(seat: Seat, units: Iterable[int]) -> str:
    found = (seat.directory.units.get(unit) for unit in units)
    return "、".join(unit.short_name or unit.name for unit in found if unit) or "没有明确建议"


def _why_not(seat: Seat) -> str:
    return ONLY_LOOKING if not seat.acting else "派单目录由中心的派单员、督办员和领导维护；各单位可以查阅。"
