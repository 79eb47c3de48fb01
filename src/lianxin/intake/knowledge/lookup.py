"""Articles looked up: by words, by what an order is about, by the name that an answer gives."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date, datetime

from django.db.models import Case, Func, IntegerField, Q, QuerySet, Value, When

from lianxin.intake.models import Article
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


def offered(centre: int, at: datetime, path: Collection[int], text: str) -> list[Article]:
    """What fits an order, the best first: of the categories of `path`, the nearest first, or with a keyword that
    stands in its text."""
    said = text.lower()[:READ]
    pieces = {said[n : n + size] for size in range(2, LONGEST_MARK + 1) for n in range(len(said) - size + 1)}
    fits = Q(category__in=path) | Q(marks__overlap=sorted(pieces)) if pieces else Q(category__in=path)
    near = Case(*(When(category=category, then=n) for n, category in enumerate(path)), default=len(path))
    fitting = valid(centre, at).filter(fits).annotate(hits=_Hits("marks", Value(said)), near=near)
    return list(fitting.order_by("-hits", "near", "code")[:OFFERED])


class _Hits(Func):
    """How many of an array's texts stand in a text."""

    template = "(SELECT count(*) FROM unnest(%(expressions)s, mark) > 0)"
    arg_joiner = ") mark WHERE strpos("
    output_field = IntegerField()


def named(centre: int, ref: str) -> tuple[Article | None, Article | None]:
    """(the version that is named, the one in force) of an article; without a version the one in force is meant."""
    code, _, version = ref.strip().upper().partition("-")
    rows = list(Article.objects.filter(centre=centre, code=code, since__isnull=False).order_by("-version"))
    last = next((row for row in rows if row.until is None), None)
    if not version:
        return last or next(iter(rows), None), last
    return next((row for row in rows if str(row.version) == version), None), last
