"""Articles kept: drafted or renewed by the unit that owns them, approved by the centre, taken out of use."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from lianxin.intake.models import Article, Keyword
from lianxin.ledger import journal

from .lookup import IN_FORCE, grams, words_of

DRAFTED, APPROVED, DROPPED, RETIRED = "article.drafted", "article.approved", "article.dropped", "article.retired"


class Overtaken(Exception):
    """Somebody else has changed the article meanwhile."""


def draft(article: Article, over: Article | None) -> Article:
    """Keep a draft: of a new article, or of the next version of `over`.  Raises Overtaken where there is one already,
    or `over` is no longer in force."""
    article.grams = grams(article.title, article.keywords, article.text)
    try:
        with transaction.atomic():
            if over is not None:
                held = Article.objects.select_for_update().filter(IN_FORCE, pk=over.pk).exists()
                if not held:
                    raise Overtaken
                article.code, article.version = over.code, over.version + 1
            else:
                article.code = _next(article.centre_id)
            article.save(force_insert=True)
            Keyword.objects.bulk_create(words_of(article))
            _note(DRAFTED, article, article.drafted_at, article.drafted_by_id)
    except IntegrityError as error:
        raise Overtaken from error
    return article


def approve(article: Article, staff: int, at: datetime) -> None:
    """It is in force from now on, and the version before no longer.  Raises Overtaken."""
    with transaction.atomic():
        older = Article.objects.filter(IN_FORCE, centre=article.centre_id, code=article.code)
        if older.exclude(version=article.version - 1).exists():
            raise Overtaken
        older.update(until=at)
        drafts = Article.objects.filter(pk=article.pk, since=None, dropped_at=None)
        if not drafts.update(since=at, approved_by=staff):
            raise Overtaken
        _note(APPROVED, article, at, staff)


def drop(article: Article, staff: int, at: datetime) -> None:
    """The draft comes to nothing.  Raises Overtaken."""
    with transaction.atomic():
        if not Article.objects.filter(pk=article.pk, since=None, dropped_at=None).update(dropped_at=at):
            raise Overtaken
        _note(DROPPED, article, at, staff)


def retire(article: Article, staff: int, at: datetime) -> None:
    """It is offered no more; its versions and the answers that named them stay.  Raises Overtaken."""
    with transaction.atomic():
        if not Article.objects.filter(IN_FORCE, pk=article.pk).update(until=at):
            raise Overtaken
        _note(RETIRED, article, at, staff)


def _next(centre: int) -> str:
    """The number of a centre's next article; two at once: one is overtaken."""
    last = Article.objects.filter(centre=centre).order_by("-code").values_list("code", flat=True).first()
    return f"ZS{int(last[2:]) + 1 if last else 1:06}"


def _note(action: str, article: Article, at: datetime, staff: int) -> None:
    said = {"article": article.ref, "unit": article.unit_id, "title": article.title}
    journal.write(article.centre_id, action, at=at, staff=staff, payload=said)
