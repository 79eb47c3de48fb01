"""Making a bulletin: counted, composed, rendered; and publishing it, which freezes what it printed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction

from lianxin.directory.models import Centre
from lianxin.orders import journal
from lianxin.rules.worktime import last_day

from . import docx, html, pdf
from .article import parse
from .document import Bulletin, Run
from .gather import Gathered, behind, gather
from .models import Feature, Publication, PublishedFigure
from .weekly import compose

RENDERERS: dict[str, Callable[[Bulletin], bytes]] = {
    ".html": lambda bulletin: html.render(bulletin).encode(),
    ".docx": docx.render,
    ".pdf": pdf.render,
}


@dataclass(frozen=True, slots=True)
class Weekly:
    """A weekly bulletin with the figures that it prints."""

    bulletin: Bulletin
    gathered: Gathered


def weekly(centre: Centre, first: date, last: date, cutoff: datetime | None = None) -> Weekly:
    """The weekly bulletin of `centre` for the days `first` to `last`, with the centre's article if it wrote one."""
    gathered = gather(centre.pk, first, last, cutoff)
    feature = Feature.objects.filter(centre=centre, kind="weekly", first_day=first).first()
    after = gathered.pack.bulletin.weekly.issued_after
    issued_on = last_day(after.due(gathered.scope.end - timedelta(seconds=1), centre.calendar()))
    bulletin = compose(
        gathered.figures,
        gathered.pack,
        parse(feature.text) if feature else None,
        issued_on,
        issuer=centre.name,
        printer=centre.body,
    )
    return Weekly(bulletin, gathered)


def render(bulletin: Bulletin, ending: str) -> bytes:
    """The bulletin as `.html`, `.docx` or `.pdf`.  Raises ValueError with a Chinese sentence for other endings."""
    if ending not in RENDERERS:
        raise ValueError(f"文件名应以 {'、'.join(RENDERERS)} 结尾")
    return RENDERERS[ending](bulletin)


def write(bulletin: Bulletin, path: Path) -> None:
    """Write the bulletin to `path`, by its ending."""
    path.write_bytes(render(bulletin, path.suffix.lower()))


def printed(bulletin: Bulletin) -> dict[str, str]:
    """Key -> what is printed, of every number of the bulletin that leads back to orders."""
    return {run.figure: run.text for run in _runs(bulletin) if run.figure}


def _runs(part: Any) -> Iterator[Run]:
    if isinstance(part, Run):
        yield part
    elif isinstance(part, (tuple, list)):
        for item in part:
            yield from _runs(item)
    elif is_dataclass(part):
        for name in fields(part):
            yield from _runs(getattr(part, name.name))


@transaction.atomic
def publish(centre: Centre, first: date, last: date, *, at: datetime, staff: int | None) -> Publication:
    """Publish: words, figures, formulas, and the orders behind each number are kept as they are now.

    Raises ValueError (Chinese) where this bulletin was published before: what is out is not changed, only corrected.
    """
    if Publication.objects.filter(centre=centre, kind="weekly", first_day=first).exists():
        raise ValueError("本期已经发布，不能重复发布；数据有变化的在“更正”中列出")
    made = weekly(centre, first, last)
    pack = made.gathered.pack
    publication = Publication.objects.create(
        centre=centre,
        kind="weekly",
        number=made.bulletin.number,
        first_day=first,
        last_day=last,
        cutoff=made.gathered.scope.cutoff,
        pack=f"{pack.id}@{pack.version}",
        formulas={name: rule.of.text for name, rule in pack.formulas.items()},
        issued_on=made.bulletin.day,
        published_at=at,
        published_by_id=staff,
        html=html.render(made.bulletin),
    )
    PublishedFigure.objects.bulk_create(
        PublishedFigure(publication=publication, key=key, shown=shown, orders=behind(made.gathered, key))
        for key, shown in printed(made.bulletin).items()
    )
    payload = {"publication": publication.pk, "kind": "weekly", "number": publication.number}
    journal.write(centre.pk, "publication.issued", at=at, staff=staff, payload=payload)
    return publication


def corrections(publication: Publication, *, cutoff: datetime) -> dict[str, tuple[str, str | None]]:
    """Key -> (as printed, as it would be printed by what is known at `cutoff`), where the two differ."""
    made = weekly(publication.centre, publication.first_day, publication.last_day, cutoff)
    now = printed(made.bulletin)
    return {
        figure.key: (figure.shown, now.get(figure.key))
        for figure in publication.figures.all()
        if now.get(figure.key) != figure.shown
    }
