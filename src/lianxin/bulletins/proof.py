"""Proof of what was published: the journal's line of its issue keeps a digest over words, figures and orders."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from lianxin.ledger.chain import canonical, instant
from lianxin.ledger.differences import Difference
from lianxin.ledger.models import Journal
from lianxin.ledger.verify import also

from .models import Publication, PublishedFigure


def digest_of(publication: Publication) -> bytes:
    """SHA-256 over all that was published and the orders behind it, as the database holds it (32 bytes)."""
    whole = hashlib.sha256(canonical(_line(publication)))
    for figure in publication.figures.order_by("key").iterator(chunk_size=200):
        whole.update(canonical(_line(figure)))
    return whole.digest()


def _line(row: Publication | PublishedFigure) -> list[Any]:
    return [_plain(getattr(row, field.attname)) for field in row._meta.concrete_fields]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return instant(value)
    return value.isoformat() if isinstance(value, date) else value


@also
def verify_publications(centre: int | None) -> Iterator[Difference]:
    """Every publication is what the journal says was issued, and none that it names is gone."""
    lines = Journal.objects.filter(action="publication.issued")
    lines = lines.filter(centre=centre) if centre else lines
    issued = {line["publication"]: line for line in lines.values_list("payload", flat=True)}
    here = Publication.objects.filter(centre=centre) if centre else Publication.objects.all()
    for publication in here.order_by("pk").iterator():
        line = issued.pop(publication.pk, None)
        if line is None:
            yield Difference(str(publication), "发布没有记录，不是由本系统发布的")
        elif line.get("digest") != digest_of(publication).hex():
            yield Difference(str(publication), "发布之后文字、数字或所列工单被改动")
    for line in issued.values():
        yield Difference(f"周报{line['number']}", "已发布的文书被删除")
