"""Articles looked up: by words, by what an order is about, by the name that an answer gives."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    BigIntegerField,
    BooleanField,
    Case,
    CharField,
    Count,
    Field,
    Func,
    Q,
    QuerySet,
    Value,
    When,
)

from lianxin.intake.models import Article, Keyword
from lianxin.rules.worktime import SHANGHAI

#: Between the keywords of an article.
BETWEEN = "、"
#: So much of a request is held against the keywords, and so many articles are offered beside it.
READ, OFFERED = 400, 6
LONGEST_MARK = 10
IN_FORCE = Q(since__isnull=False, until=None)


def day_of(at: datetime) -> date:
    """The day of an instant where the hotline is."""
    return at.astimezone(SHANGHAI).date()


def valid(centre: int, at: datetime) -> QuerySet[Article]:
    """The articles on which an answer may rest now."""
    day = day_of(at)
    found = Article.objects.filter(IN_FORCE, centre=centre, since__lte=at, valid_from__lte=day)
    return found.filter(Q(valid_until=None) | Q(valid_until__gte=day))


def grams(*texts: str) -> list[str]:
    """Each two characters that stand beside each other, without case, spaces and punctuation."""
    found: set[str] = set()
    for text in texts:
        for run in re.split(r"[\W_]+", text.lower()):
            found.update(run[n : n + 2] for n in range(len(run) - 1))
    return sorted(found)


def marks(keywords: str) -> list[str]:
    """The keywords of an article one by one."""
    parts = (part.strip().lower() for part in re.split(r"[、,，;；\s]+", keywords))
    return list(dict.fromkeys(part for part in parts if part))


def with_words(rows: QuerySet[Article], words: str) -> QuerySet[Article]:
    """Those in which each of the words stands."""
    for word in words.split():
        if pairs := grams(word):
            rows = rows.filter(grams__contains=pairs)
        rows = rows.filter(Q(title__icontains=word) | Q(keywords__icontains=word) | Q(text__icontains=word))
    return rows


def words_of(article: Article) -> list[Keyword]:
    """The rows by which an article is offered; none of them is kept yet."""
    return [Keyword(article=article, centre_id=article.centre_id, word=word) for word in marks(article.keywords)]


def offered(centre: int, at: datetime, path: Collection[int], text: str) -> list[Article]:
    """What fits an order, the best first: what has most keywords that stand in its text, of these the nearest of the
    categories of `path`; then what is of these categories without such a word."""
    near = Case(*(When(category=category, then=n) for n, category in enumerate(path)), default=len(path))
    fitting = valid(centre, at).annotate(near=near).order_by("near", "code")
    found: list[Article] = []
    for articles in _with_keywords(centre, text):
        found += fitting.filter(_IsOneOf("pk", articles, BigIntegerField()))[: OFFERED - len(found)]
        if len(found) == OFFERED:
            return found
    others = fitting.filter(category__in=path).exclude(pk__in=[each.pk for each in found])
    return found + list(others[: OFFERED - len(found)])


def _with_keywords(centre: int, text: str) -> Iterator[list[int]]:
    """Articles of which keywords stand in a text, those together that have as many, the most first."""
    words = Keyword.objects.filter(_IsOneOf("word", sorted(_pieces(text)), CharField()), centre=centre)
    counts = words.values_list("article").annotate(hits=Count("pk")).order_by("-hits")
    for _, rows in groupby(counts, itemgetter(1)):
        yield [article for article, _ in rows]


class _IsOneOf(Func):
    """Whether a column is one of many values: one parameter, where IN has thousands."""

    template = "(%(expressions)s))"
    arg_joiner = " = ANY("
    output_field = BooleanField()

    def __init__(self, column: str, values: Sequence[int] | Sequence[str], of: Field[Any, Any]) -> None:
        super().__init__(column, Value(values, output_field=ArrayField(of)))


def _pieces(text: str) -> set[str]:
    """All that may be a keyword in the beginning of a text."""
    said = text.lower()[:READ]
    return {said[n : n + size] for size in range(2, LONGEST_MARK + 1) for n in range(len(said) - size + 1)}


def named(centre: int, ref: str) -> tuple[Article | None, Article | None]:
    """(the version that is named, the one in force) of an article; without a version the one in force is meant."""
    code, _, version = ref.strip().upper().partition("-")
    rows = list(Article.objects.filter(centre=centre, code=code, since__isnull=False).order_by("-version"))
    last = next((row for row in rows if row.until is None), None)
    if not version:
        return last or next(iter(rows), None), last
    return next((row for row in rows if str(row.version) == version), None), last
