from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

KINDS = [("weekly", "周报")]


class Feature(models.Model):
    """The article (热线信息) that a centre writes for the bulletin of a period, in simple Markdown."""

    centre = models.ForeignKey("directory.Centre", models.PROTECT, verbose_name="中心")
    kind = models.CharField("文书", max_length=12, choices=KINDS, default="weekly")
    first_day = models.DateField("统计期首日")
    text = models.TextField("文章", help_text="“# ”起头的一行为题目，“## ”为小标题，其余为正文。")

    class Meta:
        verbose_name = verbose_name_plural = "热线信息"
        constraints = [models.UniqueConstraint(fields=["centre", "kind", "first_day"], name="one_feature_a_bulletin")]

    def __str__(self) -> str:
        return f"{self.first_day} 热线信息"


class Publication(models.Model):
    """A bulletin as it was published: its words and figures are frozen (a figure printed twice is the same)."""

    centre = models.ForeignKey("directory.Centre", models.PROTECT, verbose_name="中心")
    kind = models.CharField("文书", max_length=12, choices=KINDS)
    number = models.CharField("期号", max_length=20)
    first_day = models.DateField("统计期首日")
    last_day = models.DateField("统计期末日")
    cutoff = models.DateTimeField("数据截止")
    #: corrections of what orders are were counted in up to here; null: as known at the cut-off
    known = models.DateTimeField("计入更正至", null=True)
    pack = models.CharField("规则包", max_length=64)
    formulas = models.JSONField("算式")
    issued_on = models.DateField("印发日期")
    published_at = models.DateTimeField("发布时间")
    published_by = models.ForeignKey("directory.Staff", models.PROTECT, null=True, related_name="+")
    document = models.JSONField("全文")

    class Meta:
        verbose_name = verbose_name_plural = "已发布文书"
        constraints = [models.UniqueConstraint(fields=["centre", "kind", "first_day"], name="published_once")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}{self.number}"


class PublishedFigure(models.Model):
    """One printed number: its key, as it was printed, and the orders that it counted."""

    publication = models.ForeignKey(Publication, models.PROTECT, related_name="figures")
    key = models.CharField(max_length=400)
    title = models.CharField(max_length=400)
    shown = models.CharField(max_length=20)
    orders = ArrayField(models.BigIntegerField())

    class Meta:
        verbose_name = verbose_name_plural = "已发布指标"
        constraints = [models.UniqueConstraint(fields=["publication", "key"], name="a_figure_once")]
