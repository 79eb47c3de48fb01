"""The knowledge base (知识库): what is answered at once, and on what that rests, in versions never written over."""

from __future__ import annotations

from datetime import date, datetime

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from lianxin.directory.models import Category, Centre, Staff, Unit


class Article(models.Model):
    """An article in one of its versions.

    A draft has no `since`; whoever approves it gives it one, which ends the version before.  The one in force has no
    `until`; one that was taken out of use has an end and nothing after it.
    """

    centre = models.ForeignKey(Centre, models.CASCADE, related_name="+")
    code = models.CharField("编号", max_length=12)
    version = models.PositiveSmallIntegerField("版本", default=1)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name="维护单位")
    category = models.ForeignKey(Category, models.PROTECT, related_name="+", null=True, verbose_name="诉求类别")
    title = models.CharField("问题", max_length=80)
    text = models.TextField("答复口径")
    #: the law or document, and where in it
    basis = models.CharField("依据", max_length=200)
    clause = models.CharField("条款", max_length=60)
    #: 、 between them: it is offered beside an order that has one of them
    keywords = models.CharField("关键词", max_length=200, blank=True)
    valid_from = models.DateField("有效期起")
    valid_until = models.DateField("有效期止", null=True)
    review_on = models.DateField("复核日期", null=True)
    drafted_by = models.ForeignKey(Staff, models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    approved_by = models.ForeignKey(Staff, models.PROTECT, related_name="+", null=True)
    since = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    dropped_at = models.DateTimeField(null=True)
    #: each two characters that stand beside each other: what is looked up by words
    grams = ArrayField(models.CharField(max_length=2), default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["centre", "code", "version"],
                condition=Q(dropped_at=None),
                name="one_article_of_a_version",
            ),
            models.UniqueConstraint(
                fields=["centre", "code"], condition=Q(since__isnull=False, until=None), name="one_article_in_force"
            ),
            models.CheckConstraint(
                condition=Q(since=None, approved_by=None) | Q(since__isnull=False, approved_by__isnull=False),
                name="an_article_in_force_was_approved",
            ),
            models.CheckConstraint(
                condition=Q(since=None) | Q(dropped_at=None), name="only_a_draft_of_an_article_is_dropped"
            ),
            models.CheckConstraint(condition=Q(until=None) | Q(until__gte=F("since")), name="an_article_held_a_while"),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")), name="an_article_is_valid_a_while"
            ),
        ]
        indexes = [
            # looked up by words
            GinIndex(fields=["grams"], name="article_grams", condition=Q(since__isnull=False, until=None)),
            # offered by category; what answers a gap
            models.Index(fields=["centre", "category", "since"], name="article_category"),
            # what waits for approval
            models.Index(fields=["centre", "drafted_at"], name="article_drafts", condition=Q(since=None)),
        ]

    @property
    def ref(self) -> str:
        """How an answer names it: number and version."""
        return f"{self.code}-{self.version}"

    @property
    def is_draft(self) -> bool:
        return self.since is None and self.dropped_at is None

    def holds(self, at: datetime, day: date) -> bool:
        """Whether an answer of this instant may rest on it; `day` is that instant's day."""
        in_force = self.since is not None and self.since <= at and (self.until is None or at < self.until)
        return in_force and self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)


class Keyword(models.Model):
    """One keyword of an article: what it is offered by beside an order in whose text the word stands.

    A row a word and not an array in the article: of a request thousands of pieces are looked up, and how many of them
    are keywords at all a B-tree knows without reading an article.
    """

    article = models.ForeignKey(Article, models.CASCADE, related_name="words")
    centre = models.ForeignKey(Centre, models.CASCADE, related_name="+", db_index=False)
    word = models.CharField(max_length=20)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["centre", "word", "article"], name="a_keyword_of_an_article")]
