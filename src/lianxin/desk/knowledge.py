"""The knowledge base on the desk: what is listed, an article as a form, what fits an order, what had no answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet
from django.http import QueryDict

from lianxin.dispatch.catalogue.proposing import above, in_force
from lianxin.intake.knowledge import grounds, lookup
from lianxin.intake.models import Article
from lianxin.ledger.models import Entry, part_id
from lianxin.orders.models import Order, Share
from lianxin.orders.timeline import payload_of

from .choices import picks
from .dossier import Dossier
from .fields import Named
from .seats import Seat

ANSWER = "order.answered"
DRAFTED, APPROVED = "article.drafted", "article.approved"
STATES = {"": "可用", "review": "到期复核", "ended": "已过有效期", "draft": "待审核", "gaps": "待补知识"}
#: So many earlier orders stand beside an answer, and so many of those that used an article on its page.
EARLIER, USED = 5, 50


@dataclass(frozen=True, slots=True)
class Asked:
    """Which articles: in which state, with which words, whether only of the own unit."""

    state: str
    words: str
    own: bool

    @property
    def query(self) -> str:
        return urlencode({"state": self.state, "q": self.words, "own": "1" if self.own else ""})


def asked(data: Mapping[str, str]) -> Asked:
    """From an address; what it says wrongly is left out."""
    said = {name: data.get(name, "").replace("\x00", "").strip()[:60] for name in ("state", "q", "own")}
    return Asked(said["state"] if said["state"] in STATES else "", said["q"], bool(said["own"]))


def listed(seat: Seat, asked: Asked) -> QuerySet[Article]:
    """The articles of a list, by number."""
    centre, day = seat.directory.centre_id, lookup.day_of(seat.now)
    rows = Article.objects.filter(centre=centre).select_related("unit", "category")
    if asked.state == "draft":
        rows = rows.filter(since=None, dropped_at=None)
    elif asked.state == "ended":
        rows = rows.filter(lookup.IN_FORCE, valid_until__lt=day)
    else:
        rows = rows.filter(lookup.IN_FORCE).filter(Q(valid_until=None) | Q(valid_until__gte=day))
        rows = rows.filter(review_on__lt=day) if asked.state == "review" else rows
    if asked.own:
        rows = rows.filter(unit=seat.post.unit)
    return lookup.with_words(rows, asked.words).order_by("code", "version")


def marks_of(article: Article, at: datetime) -> list[str]:
    """What stands beside an article that is to be looked at again."""
    day, found = lookup.day_of(at), []
    if article.review_on is not None and article.review_on < day:
        found.append("已过复核日期")
    if article.valid_until is not None and article.valid_until < day:
        found.append("已过有效期")
    if article.valid_from > day:
        found.append("尚未生效")
    return found


def used(seat: Seat, versions: list[Article]) -> tuple[int, list[Order]]:
    """How many answers rest on an article, and the latest of their orders that the person sees."""
    entries = Entry.objects.filter(action=ANSWER, payload__article_id__in=[row.pk for row in versions])
    number = entries.count()
    orders = seat.whole.filter(pk__in=entries.values("order")).select_related("appeal")
    return number, list(orders.order_by("-pk")[:USED])


def gaps(seat: Seat) -> list[dict[str, Any]]:
    """What had no answer since an article of its category last came into force, by category, the most asked first; to
    a unit only what is its own by the catalogue."""
    newer = Article.objects.filter(
        centre=seat.directory.centre_id, category=OuterRef("order__category"), since__gt=OuterRef("at")
    )
    entries = Entry.objects.filter(action=ANSWER, payload__grounds=grounds.NOTHING, order__state="answered")
    entries = entries.filter(order__centre=seat.directory.centre_id).exclude(Exists(newer))
    rows = entries.values(category=F("order__category")).annotate(n=Count("order", distinct=True), last=Max("at"))
    # At most a line a category, so a unit's own are not cut off by what others are asked more often.
    found = list(rows.order_by("-n", "category"))
    owners = _owners(seat, [row["category"] for row in found])
    root, made = seat.directory.root.id, []
    for row in found:
        owner = owners.get(row["category"], root)
        if not seat.in_unit or owner == seat.post.unit:
            category = seat.directory.categories.get(row["category"])
            unit = seat.directory.units[owner]
            made.append({**row, "name": category.name if category else "未分类", "owner": unit.short_name or unit.name})
    return made


def _owners(seat: Seat, categories: list[int | None]) -> dict[int | None, int]:
    """Who keeps what is to be known of a category: who leads it by the catalogue; the centre where nobody does."""
    rows = in_force(seat.directory.centre_id, seat.now)
    rows = rows.filter(category__in=[pk for pk in categories if pk], area=None, lead__isnull=False)
    return dict(rows.order_by("-code").values_list("category", "lead"))


# --- an article as a form -------------------------------------------------------------------------
_DAY = {"type": "date"}


class ArticleForm(forms.Form):
    """An article as it is drafted."""

    use_required_attribute = False
    title = forms.CharField(label="问题", min_length=4, max_length=80)
    text = forms.CharField(label="答复口径", min_length=5, max_length=4000, widget=forms.Textarea(attrs={"rows": 8}))
    basis = forms.CharField(label="依据（法律或文件）", min_length=2, max_length=200)
    clause = forms.CharField(label="条款", max_length=60)
    keywords = forms.CharField(
        label="关键词", required=False, max_length=200, help_text="用顿号隔开；诉求中有其中一个的，答复时列在旁边"
    )
    valid_from = forms.DateField(label="有效期起", widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"))
    valid_until = forms.DateField(
        label="有效期止", required=False, widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"), help_text="不填即长期"
    )
    review_on = forms.DateField(label="复核日期", required=False, widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"))

    def __init__(self, seat: Seat, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["category"] = Named("category", picks(seat.directory, "category"), label="诉求类别", required=False)
        if not seat.in_unit:
            unit = Named("unit", picks(seat.directory, "unit"), label="维护单位", required=False)
            unit.help_text = "不填即热线中心"
            self.fields["unit"] = unit
        for field in self.fields.values():
            field.wanted, field.when = field.required, ""  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        first, last = said.get("valid_from"), said.get("valid_until")
        if first and last and last < first:
            self.add_error("valid_until", "有效期止不能早于有效期起")
        if any(len(mark) > lookup.LONGEST_MARK for mark in lookup.marks(said.get("keywords", ""))):
            self.add_error("keywords", f"每个关键词最多 {lookup.LONGEST_MARK} 个字，用顿号隔开")
        return said

    def article(self, seat: Seat) -> Article:
        """The draft as typed."""
        said = dict(self.cleaned_data)
        unit, category = said.pop("unit", None), said.pop("category")
        owner = seat.post.unit if seat.in_unit else unit or seat.directory.root.id
        by = {"drafted_by_id": seat.staff.pk, "drafted_at": seat.now, "centre_id": seat.directory.centre_id}
        return Article(unit_id=owner, category_id=category, **by, **said)


def initial(article: Article) -> dict[str, Any]:
    """An article as its form shows it."""
    names = ("title", "text", "basis", "clause", "keywords", "valid_from", "valid_until", "review_on")
    said = {name: getattr(article, name) for name in names}
    return said | {"category": article.category_id, "unit": article.unit_id}


def keeps(seat: Seat, article: Article) -> bool:
    """Whether the person may renew it: of his own unit, at the centre any."""
    return seat.may(DRAFTED) and (not seat.in_unit or article.unit_id == seat.post.unit)


# --- beside an answer -----------------------------------------------------------------------------
def beside(dossier: Dossier) -> dict[str, Any]:
    """What an answer of this order may rest on: articles that fit, and earlier orders about the same."""
    order, seat = dossier.order, dossier.seat
    path = above(dossier.directory.categories, order.category_id)
    said = f"{order.appeal.title}\n{order.appeal.text}"
    found = lookup.offered(order.centre_id, seat.now, path, said)
    articles = [{"article": each, "marks": marks_of(each, seat.now)} for each in found]
    return {"articles": articles, "earlier": _earlier(dossier)}


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier order about the same: with whom it is, or what its caller was told."""

    order: Order
    units: str
    result: str


def _earlier(dossier: Dossier) -> list[Earlier]:
    order, seat = dossier.order, dossier.seat
    same = Q(matter=order.matter_id) if order.matter_id else Q(pk=None)
    if order.category_id and order.caller.phone_hash:
        same |= Q(category=order.category_id, caller__phone_hash=order.caller.phone_hash)
    found = seat.whole.filter(same, state__in=grounds.KNOWN, erased_at=None).exclude(pk=order.pk)
    orders = list(found.select_related("appeal").order_by("-pk")[:EARLIER])
    shares = list(Share.objects.filter(order__in=orders, depth=0).order_by("pk")) if orders else []
    passed = [part_id(s.order_id, s.reply_entry) for s in shares if s.outcome == "passed" and s.reply_entry is not None]
    entries = Entry.objects.filter(Q(pk__in=passed) | Q(order__in=orders, action=ANSWER)).select_related("enclosure")
    told = {entry.order_id: _told(entry) for entry in entries.order_by("pk")} if orders else {}
    return [Earlier(each, _with_whom(dossier, each, shares), told.get(each.pk, "")) for each in orders]


def _told(entry: Entry) -> str:
    """What a reply or an answer says; "" where its words were erased."""
    payload = payload_of(entry)
    said = [getattr(payload, name, "") for name in ("told", "measures", "result", "text")]
    return "\n".join(filter(None, said))


def _with_whom(dossier: Dossier, order: Order, shares: list[Share]) -> str:
    units = [share.unit_id for share in shares if share.order_id == order.pk and share.is_running]
    return "、".join(dict.fromkeys(dossier.unit_name(unit) for unit in units))


def taken(data: QueryDict) -> QueryDict:
    """The form as posted, with the ground in it whose button was pressed; unchanged where none was."""
    kind, _, name = data.get("rest_on", "").replace("\x00", "").partition(":")
    if kind not in (grounds.ARTICLE, grounds.EARLIER):
        return data
    filled = data.copy()
    filled["grounds"], filled[kind] = kind, name[:32]
    return filled
