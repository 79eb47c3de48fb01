"""Making a bulletin: counted, composed, rendered; and publishing it, which freezes what it printed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
from django.db import IntegrityError, OperationalError, transaction

from lianxin.directory.models import Centre
from lianxin.figures.engines import BOOK, Engine
from lianxin.ledger import journal
from lianxin.ledger.acts import Actor, Refused
from lianxin.ledger.moments import one_moment
from lianxin.orders.access import may
from lianxin.rules.characters import clean
from lianxin.rules.formulas import NOTHING
from lianxin.rules.worktime import end_of_day, last_day

from . import docx, drill, html, pdf, proof
from .article import ArticleError, parse
from .document import Bulletin, Run, as_data, from_data
from .gather import Gathered, gather
from .models import Feature, Publication, PublishedFigure
from .weekly import compose, figure

ALREADY = "本期已经发布，不能重复发布；数据有变化的在“更正”中列出"
NOT_OVER = "本周还没有结束，周末 24:00 之后才能发布"
#: What stands for a number that was not printed.
NOT_LISTED = "未列"
OVERTAKEN = "内容已更新：您打开后，文章又有改动，请对照后再存入；再次存入，以您的文章为准"
CHANGED = "内容已更新：您核对以后，数据或文章有变化，请重新核对后再发布"
TRIES = 3
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


def weekly(
    centre: Centre,
    first: date,
    last: date,
    cutoff: datetime | None = None,
    known: datetime | None = None,
    *,
    on: Engine = BOOK,
) -> Weekly:
    """The weekly bulletin of `centre` for the days `first` to `last`, with the centre's article if it wrote one.

    As known at `cutoff`; with `known`, orders count as what they were corrected to by then.  Another engine than the
    book is named in it: it is a draft to compare by, and is not published.
    """
    gathered = gather(centre.pk, first, last, cutoff, known, on=on)
    article = article_of(centre, first)
    after = gathered.pack.bulletin.weekly.issued_after
    issued_on = last_day(
        after.due(gathered.scope.end - timedelta(seconds=1), gathered.directory.calendar_under(gathered.pack))
    )
    bulletin = compose(
        gathered.figures,
        gathered.pack,
        parse(article) if article.strip() else None,
        issued_on,
        issuer=centre.name,
        printer=centre.body,
        counted_by="" if on is BOOK else on.title,
    )
    return Weekly(bulletin, gathered)


def published(centre: Centre, first: date) -> Publication | None:
    """The bulletin of the week that begins on `first`, if it is out."""
    return Publication.objects.filter(centre=centre, kind="weekly", first_day=first).first()


def as_published(publication: Publication) -> Bulletin:
    """Word for word and figure for figure what was published, whatever has changed since."""
    return from_data(publication.document)


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


def fingerprint(made: Weekly) -> str:
    """What tells a draft from another one: whoever publishes says which one he read."""
    text = orjson.dumps(as_data(made.bulletin), option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(text).hexdigest()[:32]


def _runs(part: Any) -> Iterator[Run]:
    if isinstance(part, Run):
        yield part
    elif isinstance(part, (tuple, list)):
        for item in part:
            yield from _runs(item)
    elif is_dataclass(part):
        for name in fields(part):
            yield from _runs(getattr(part, name.name))


def article_of(centre: Centre, first: date) -> str:
    """The article (热线信息) of the week that begins on `first` as it stands; `""` for none."""
    kept = Feature.objects.filter(centre=centre, kind="weekly", first_day=first).first()
    return kept.text if kept else ""


def mark_of(text: str) -> str:
    """What tells one state of an article from another."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@transaction.atomic
def write_article(
    centre: Centre, first: date, text: str, *, actor: Actor, at: datetime, over: str | None = None
) -> None:
    """The centre's article (热线信息) for the bulletin of the week that begins on `first`; empty text takes it out.

    `over` is the mark of the text that its writer had before him: another's is not written over unseen.
    Raises `Refused` (field `text`) where it cannot be set, or where the bulletin is out.
    """
    _permit(actor, "bulletin.article_written", "撰写热线信息")
    text = clean(text)
    # Two who write at once: the second then sees what the first has written.
    journal.turn(centre.pk)
    if published(centre, first):
        raise Refused({"text": "本期已经发布，文章不能再改"})
    if over is not None and over != mark_of(article_of(centre, first)):
        raise Refused({"text": OVERTAKEN})
    if text.strip():
        try:
            parse(text)
        except ArticleError as error:
            raise Refused({"text": str(error)}) from error
    Feature.objects.update_or_create(centre=centre, kind="weekly", first_day=first, defaults={"text": text})
    # The whole text: the row is written over, the journal is not.
    payload = {"kind": "weekly", "first_day": first.isoformat(), "text": text}
    journal.write(centre.pk, "bulletin.article_written", at=at, staff=actor.staff, payload=payload)


def publish(
    centre: Centre,
    first: date,
    last: date,
    *,
    actor: Actor,
    at: datetime,
    known: datetime | None = None,
    read: str | None = None,
) -> Publication:
    """Publish: words, figures, formulas, and the orders behind each number are kept as they are now.

    `known` counts in what was corrected by then; `read` is the fingerprint of the draft that was read.
    Raises `Refused` where the post may not, the week is not over, the draft is another one than was read, or this
    bulletin was published before: what is out is not changed, only corrected.
    """
    _permit(actor, "publication.issued", "发布周报")
    if at < end_of_day(last):
        raise Refused(NOT_OVER)
    for left in reversed(range(TRIES)):
        try:
            with one_moment(writes=True):
                return _publish(centre, first, last, actor, at, known, read)
        except (IntegrityError, OperationalError):
            # Somebody wrote to the journal meanwhile, or pressed the same button: the next try sees what he did.
            if not left:
                raise
    raise AssertionError("the last try returns or raises")


def _publish(
    centre: Centre, first: date, last: date, actor: Actor, at: datetime, known: datetime | None, read: str | None
) -> Publication:
    if published(centre, first):
        raise Refused(ALREADY)
    made = weekly(centre, first, last, known=known)
    if read is not None and read != fingerprint(made):
        raise Refused(CHANGED)
    gathered = made.gathered
    publication = Publication.objects.create(
        centre=centre,
        kind="weekly",
        number=made.bulletin.number,
        first_day=first,
        last_day=last,
        cutoff=gathered.scope.cutoff,
        known=known,
        pack=f"{gathered.pack.id}@{gathered.pack.version}",
        formulas={name: rule.of.text for name, rule in gathered.pack.formulas.items()},
        issued_on=made.bulletin.day,
        published_at=at,
        published_by_id=actor.staff,
        document=as_data(made.bulletin),
    )
    shown = printed(made.bulletin)
    questions = {key: drill.read(gathered, key) for key in shown}
    orders = drill.orders_of_all(gathered, questions)
    PublishedFigure.objects.bulk_create(
        PublishedFigure(publication=publication, key=key, title=questions[key].title, shown=text, orders=orders[key])
        for key, text in shown.items()
    )
    payload = {"publication": publication.pk, "kind": "weekly", "number": publication.number}
    payload["digest"] = proof.digest_of(Publication.objects.get(pk=publication.pk)).hex()
    journal.write(centre.pk, "publication.issued", at=at, staff=actor.staff, payload=payload)
    return publication


def _permit(actor: Actor, act: str, what: str) -> None:
    if not may(actor.role, act):
        raise Refused(f"您的岗位不能{what}")


@dataclass(frozen=True, slots=True)
class Correction:
    """A figure that would be printed otherwise: its key and title, as it was printed, and as it would be."""

    key: str
    title: str
    printed: str
    now: str


def corrections(publication: Publication, made: Weekly) -> list[Correction]:
    """Where `made`, the same bulletin counted anew, differs from what was published.

    With the same cut-off that is what was recorded afterwards for the time before it (an import of history); with
    `known` also what was corrected since: class, category, area, exclusion, invalidity.
    """
    was = {key: (title, shown) for key, title, shown in publication.figures.order_by("pk").values_list(*_AS_PRINTED)}
    return _differences(was, made)


def pending(draft: Weekly, made: Weekly) -> list[Correction]:
    """What `made`, with corrections counted in, would print otherwise than the draft."""
    shown = printed(draft.bulletin)
    return _differences({key: (drill.read(draft.gathered, key).title, text) for key, text in shown.items()}, made)


_AS_PRINTED = ("key", "title", "shown")


def _differences(was: Mapping[str, tuple[str, str]], made: Weekly) -> list[Correction]:
    now, gathered = printed(made.bulletin), made.gathered
    found = []
    for key, (title, shown) in was.items():
        # What is no longer printed, as a category that fell out of the leading ones, may still be the same number.
        would = now.get(key) or figure(gathered.figures, gathered.pack, key) or NOTHING
        if would != shown:
            found.append(Correction(key, title, shown, would))
    for key, shown in now.items():
        if key not in was and shown not in ("0", NOTHING):
            found.append(Correction(key, drill.read(gathered, key).title, NOT_LISTED, shown))
    return found
