"""A document of a proceeding (`proceedings.papers`) as the content model that the renderers set."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from lianxin.ledger.models import Entry
from lianxin.proceedings import papers
from lianxin.proceedings.models import About
from lianxin.proceedings.papers import Line
from lianxin.rules.numerals import numeral
from lianxin.rules.worktime import SHANGHAI

from .document import (
    Article,
    Bulletin,
    Distribution,
    Paragraph,
    Run,
    Signature,
    SubTitle,
    chinese_day,
    without_controls,
)

#: Stands where an order's words were erased since.
GONE = "（原文已按期删除）"


def set_out(
    lines: Sequence[Line], quotes: Iterable[tuple[str, str, str]], number: str, issuer: str, at: datetime
) -> Bulletin:
    """The document that consists of `lines`, with (number, title, text) of each order that it quotes."""
    day = at.astimezone(SHANGHAI).date()
    kept = dict(lines)
    body: list[SubTitle | Paragraph] = []
    headings = 0
    if to := kept.get(papers.TO):
        body.append(Paragraph((Run(f"{to}：", strong=True),)))
    for kind, text in lines:
        if kind == papers.SUBTITLE:
            headings += 1
            body.append(SubTitle(f"{numeral(headings)}、{text}", 1))
        elif kind == papers.QUOTES:
            body += [_quoted(n, *quote) for n, quote in enumerate(quotes, 1)]
        elif kind == papers.PARAGRAPH:
            body.append(Paragraph((Run(text),)))
    blocks = (
        Article(kept.get(papers.HEADLINE, GONE), tuple(body)),
        Signature(issuer, chinese_day(day)),
        Distribution((("抄送", kept[papers.COPY]),) if papers.COPY in kept else (), issuer, f"{chinese_day(day)}印发"),
    )
    title = kept.get(papers.HEAD, "公文")
    made: Bulletin = without_controls(Bulletin(title, f"编号 {number}", issuer, day, blocks))
    return made


def _quoted(place: int, number: str, title: str, text: str) -> Paragraph:
    return Paragraph((Run(f"{place}. 工单 {number}："), Run(f"{title}。{text}" if title or text else GONE)))


def issued(entry: Entry, number: str, issuer: str) -> Bulletin | None:
    """The document that this entry of a proceeding issued, as it was then; None where it issued none.

    What it quotes is read from the ledgers of the orders, where it is erased with them.
    """
    enclosure = getattr(entry, "enclosure", None)
    lines = (enclosure.body.get("paper") if enclosure else None) or ()
    if not lines:
        return None
    about = {"payload__proceeding": entry.proceeding_id, "payload__entry": entry.number, "action": "order.quoted"}
    orders = About.objects.filter(proceeding=entry.proceeding_id, to_order__isnull=False).values("to_order_id")
    found = Entry.objects.filter(order_id__in=orders, **about).select_related("order", "enclosure").order_by("pk")
    quotes = [(quote.order.number, *_words(quote)) for quote in found if quote.order is not None]
    return set_out([(kind, text) for kind, text in lines], quotes, number, issuer, entry.at)


def _words(quote: Entry) -> tuple[str, str]:
    enclosure = getattr(quote, "enclosure", None)
    if enclosure is None or enclosure.erased_at is not None:
        return "", ""
    return enclosure.body.get("title", ""), enclosure.body.get("text", "")
