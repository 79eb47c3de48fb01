"""The dispatch catalogue on the desk: which rows are listed, a row as a form, a draft as what it changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Case, Q, Value, When
from django.urls import reverse

from lianxin.dispatch.catalogue import batches, sheet
from lianxin.dispatch.catalogue.batches import Who
from lianxin.dispatch.catalogue.proposing import above, in_force
from lianxin.dispatch.models import CatalogueBatch, CatalogueRow
from lianxin.ledger.models import Entry
from lianxin.orders.models import Order
from lianxin.proceedings.models import Proceeding
from lianxin.rules.pack import LAST
from lianxin.rules.worktime import SHANGHAI

from .choices import picks
from .fields import Named
from .seats import Seat

WRITTEN, ENACTED, EXPORTED = "catalogue.written", "catalogue.enacted", "catalogue.exported"
STATES = {"": "在用", "stale": "依据久未核对", "unitless": "没有单位"}
#: So many rows are changed in one go by what is typed once.
MOST = 5000
#: What may be set in many rows at once, by its header.
IN_MANY = (sheet.LEAD, sheet.ASSISTS, sheet.BASIS, "依据", "依据核对日期", sheet.LIMIT, "维护单位", sheet.OUT)
HELP = {
    "关键词": "用顿号隔开；诉求中有其中一个的，优先推荐这一条",
    sheet.AREA: "不填即各区域；某一区域另有规定的，单列一条",
    sheet.DUAL: "两家同时承办、各自答复的填写",
    sheet.ASSISTS: "用顿号隔开",
    sheet.LIMIT: "如 5个工作日、3日、24小时；不填即照规则包",
    "依据核对日期": "如 2026-11-30",
    "维护单位": "可以就这一条提出意见的单位；不填即热线中心",
}
_LONG = ("办理流程", "适用范围", "引导话术")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which rows: in which state, with which words, of which unit."""

    state: str
    words: str
    unit: str

    @property
    def query(self) -> str:
        return urlencode({"state": self.state, "q": self.words, "unit": self.unit})


def asked(data: Mapping[str, str]) -> Asked:
    """What a request asks for."""
    text = {name: data.get(name, "").replace("\x00", "").strip()[:60] for name in ("state", "q", "unit")}
    return Asked(text["state"] if text["state"] in STATES else "", text["q"], text["unit"])


def who(seat: Seat) -> Who:
    """Whoever sits there, as one who changes the catalogue."""
    return Who(seat.directory.centre_id, seat.staff.pk, seat.now)


def listed(seat: Seat, asked: Asked) -> Any:
    """The rows in force that are asked for, by code."""
    centre, at = seat.directory.centre_id, seat.now
    if asked.state == "stale":
        days = seat.pack.catalogue.stale.amount
        rows = batches.stale(centre, at, at.astimezone(SHANGHAI).date() - timedelta(days=days))
    elif asked.state == "unitless":
        rows = batches.without_unit(centre, at)
    else:
        rows = in_force(centre, at)
    if asked.words:
        rows = rows.filter(_has(seat, asked.words))
    if asked.unit:
        named = [unit.id for unit in seat.directory.units.values() if asked.unit in (unit.name, unit.short_name)]
        rows = rows.filter(Q(lead__in=named) | Q(dual__in=named) | Q(assists__overlap=named))
    everywhere = Case(When(area=None, then=Value(0)), default=Value(1))
    return rows.order_by("code", everywhere, "area", "pk")


def _has(seat: Seat, words: str) -> Q:
    """Its code, item, words, or the category that it is of, or one above."""
    categories = seat.directory.categories
    named = [pk for pk in categories if any(words in categories[step].name for step in above(categories, pk))]
    plain = Q(code__istartswith=words) | Q(item__icontains=words) | Q(words__icontains=words)
    return plain | Q(scope__icontains=words) | Q(category__in=named)


def line(seat: Seat, row: CatalogueRow) -> dict[str, Any]:
    """A row as a list shows it."""
    cells = sheet.describe(row, seat.directory, seat.pack)
    given = [cells[sheet.LEAD]] if row.lead_id else []
    given += [f"{cells[sheet.DUAL]}（双派）"] if row.dual_id else []
    given += [f"{cells[sheet.ASSISTS]}（协办）"] if row.assists else []
    basis = "：".join(text for text in (cells[sheet.BASIS], row.basis_text) if text)
    return {
        "row": row,
        "cells": cells,
        "category": cells[sheet.CATEGORY],
        "area": cells[sheet.AREA] or "各区域",
        "given": "、".join(given) or ("不受理，引导" if row.script else "没有单位"),
        "basis": basis,
        "url": reverse("desk:catalogue_row", args=[row.pk]),
    }


# --- one row as a form ----------------------------------------------------------------------------
class RowForm(forms.Form):
    """A row, by the headers of the sheet."""

    use_required_attribute = False

    def __init__(self, seat: Seat, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.seat = seat
        for n, (header, name) in enumerate(sheet.FIELDS.items()):
            field = self._field(header, name)
            field.label, field.required, field.help_text = header, False, HELP.get(header, "")
            field.wanted = header in sheet.REQUIRED  # type: ignore[attr-defined]
            field.when = ""  # type: ignore[attr-defined]
            self.fields[f"c{n}"] = field

    def _field(self, header: str, name: str) -> forms.Field:
        directory = self.seat.directory
        if name in ("lead_id", "dual_id", "owner_id"):
            return Named("unit", picks(directory, "unit"))
        if name in ("category_id", "area_id"):
            kind = name.removesuffix("_id")
            return Named(kind, picks(directory, kind))
        if header in (sheet.BASIS, sheet.OUT):
            bases = [basis.title for basis in self.seat.pack.catalogue.bases]
            titles, none = (bases, "请选择") if header == sheet.BASIS else (["是"], "否")
            return forms.ChoiceField(choices=[("", none), *((title, title) for title in titles)])
        plain = forms.TextInput(attrs={"autocomplete": "off"})
        return forms.CharField(widget=forms.Textarea(attrs={"rows": 2}) if header in _LONG else plain)

    def row(self) -> CatalogueRow | None:
        """The row as typed; None where something is wrong with it, which then stands beside its field."""
        if not self.is_valid():
            return None
        headers = list(sheet.FIELDS)
        cells, ids = dict[str, str](), dict[str, int | None]()
        for n, header in enumerate(headers):
            value = self.cleaned_data[f"c{n}"]
            if isinstance(self.fields[f"c{n}"], Named):
                ids[sheet.FIELDS[header]] = value
                cells[header] = ""
            else:
                cells[header] = value
        reader = sheet.Reader(self.seat.directory, self.seat.pack)
        row, wrong = reader.row(cells, ids)
        for header, sentence in wrong.items():
            self.add_error(f"c{headers.index(header)}", sentence)
        return None if wrong else row


def form_of(seat: Seat, row: CatalogueRow | None, data: Any = None) -> RowForm:
    """The form of a row (None: of a new one)."""
    initial: dict[str, Any] = {}
    if row is not None:
        cells = sheet.describe(row, seat.directory, seat.pack)
        for n, (header, name) in enumerate(sheet.FIELDS.items()):
            initial[f"c{n}"] = getattr(row, name) if name.endswith("_id") else cells[header]
    return RowForm(seat, data, initial=initial)


# --- drafts ---------------------------------------------------------------------------------------
def drafts(seat: Seat) -> list[CatalogueBatch]:
    """The drafts of the centre, the newest first."""
    found = CatalogueBatch.objects.filter(centre=seat.directory.centre_id, enacted_at=None, dropped_at=None)
    return list(found.select_related("made_by").order_by("-made_at", "-pk")[:50])


def own_draft(seat: Seat) -> CatalogueBatch:
    """The draft into which this person types; begun if there is none."""
    mine = CatalogueBatch.objects.filter(
        centre=seat.directory.centre_id, source="typed", made_by=seat.staff, enacted_at=None, dropped_at=None
    )
    return mine.order_by("pk").last() or batches.begin(who(seat), f"{seat.now:%Y-%m-%d} 修改", "typed")


def changes(seat: Seat, rows: Sequence[CatalogueRow]) -> Iterator[dict[str, Any]]:
    """What each drafted row changes: (header, before, after)."""
    for row in rows:
        after = sheet.describe(row, seat.directory, seat.pack)
        before = sheet.describe(row.over, seat.directory, seat.pack) if row.over else {}
        cells = [
            (header, before.get(header, ""), text) for header, text in after.items() if before.get(header, "") != text
        ]
        kind = "停用" if row.removed else "修改" if row.over else "新增"
        yield {"row": row, "kind": kind, "area": after[sheet.AREA] or "各区域", "cells": cells, "key": f"{row.pk}"}


def in_many(seat: Seat, rows: Sequence[CatalogueRow], header: str, text: str) -> tuple[list[CatalogueRow], str]:
    """The rows with one thing set in all of them; or what is wrong with it."""
    reader, made = sheet.Reader(seat.directory, seat.pack), list[CatalogueRow]()
    for row in rows:
        new = copied(row)
        sentence = reader.set(new, header, text)
        if sentence:
            return [], sentence
        made.append(new)
    return made, ""


def copied(row: CatalogueRow) -> CatalogueRow:
    """A new version that says the same."""
    said: dict[str, Any] = batches.said(row)
    return CatalogueRow(code=row.code, area_id=row.area_id, **said | {"assists": list(row.assists)})


def begins(text: str, now: datetime) -> datetime | str:
    """From when a draft is to hold: now, if nothing is typed, else the beginning of that day; or what is wrong."""
    if not text:
        return now
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return "生效日期请按 2026-12-01 的格式填写"
    if day > LAST:
        return f"生效日期不能晚于 {LAST:%Y-%m-%d}"
    at = datetime.combine(day, datetime.min.time(), SHANGHAI)
    return at if at > now else "生效日期须晚于今天；今天起生效的不用填写"


# --- rulings ----------------------------------------------------------------------------------------
#: The steps of a ruling that may say that it goes into the catalogue.
RULED = ("coordination.ruled", "coordination.decided")


def rulings(seat: Seat) -> list[Proceeding]:
    """The rulings that were to go into the catalogue and that no row, drafted or in force, comes from yet, as far as
    the person may see them."""
    said = Entry.objects.filter(action__in=RULED, payload__catalogue="yes", proceeding__centre=seat.directory.centre_id)
    dropped = CatalogueRow.objects.filter(ruling__isnull=False).exclude(batch__dropped_at__isnull=False)
    found = seat.proceedings.filter(pk__in=said.values("proceeding")).exclude(pk__in=dropped.values("ruling"))
    return list(found.select_related("wording").order_by("pk")[:50])


def ruled(seat: Seat, number: str) -> CatalogueRow | None:
    """What a ruling says, as a row that is not kept yet; None for what is no ruling for the catalogue."""
    root = next((each for each in rulings(seat) if each.number == number), None)
    if root is None:
        return None
    said = Entry.objects.filter(proceeding=root, action__in=RULED).latest("number").payload
    leads = [share["unit"] for share in said["shares"] if share["role"] != "assist"]
    assists = [share["unit"] for share in said["shares"] if share["role"] == "assist"]
    row = CatalogueRow(item=said["item"], basis_text=f"职责界定 {number}：{said['basis_text']}"[:200], assists=assists)
    row.lead_id, row.dual_id = (*leads, None, None)[:2]
    row.ruling, row.basis_day = root, root.ended_at.astimezone(SHANGHAI).date() if root.ended_at else None
    if (old := in_force(root.centre_id, seat.now).filter(code=root.level).first()) is not None and root.level:
        row.code, row.category_id, row.area_id = old.code, old.category_id, old.area_id
    order = Order.objects.filter(abouts__proceeding=root, abouts__role="subject").first()
    if order is not None and order.category_id:
        row.category_id = order.category_id
    return row
