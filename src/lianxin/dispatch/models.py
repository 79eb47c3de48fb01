"""The dispatch catalogue (派单目录): what is whose duty, row by row, in versions that are never written over."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from lianxin.directory.models import Area, Category, Centre, Staff, Unit


class CatalogueBatch(models.Model):
    """Changes of the catalogue that come into force together: drafted, looked at, enacted, or dropped."""

    SOURCES = {"typed": "逐条修改", "sheet": "表格导入", "ruling": "职责界定", "default": "通用目录"}

    centre = models.ForeignKey(Centre, models.CASCADE, related_name="+")
    title = models.CharField(max_length=60)
    source = models.CharField(max_length=8, choices=list(SOURCES.items()))
    made_by = models.ForeignKey(Staff, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    #: from when its rows hold; set when it is enacted, and may be a later day
    since = models.DateTimeField(null=True)
    enacted_by = models.ForeignKey(Staff, models.PROTECT, related_name="+", null=True)
    enacted_at = models.DateTimeField(null=True)
    dropped_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(dropped_at=None) | Q(enacted_at=None), name="a_catalogue_batch_is_enacted_or_dropped"
            ),
            models.CheckConstraint(
                condition=Q(since=None, enacted_at=None, enacted_by=None)
                | Q(since__isnull=False, enacted_at__isnull=False, enacted_by__isnull=False),
                name="an_enacted_catalogue_batch_says_since_when",
            ),
        ]
        indexes = [models.Index(fields=["centre", "made_at"], name="catalogue_batches")]

    @property
    def is_draft(self) -> bool:
        return self.enacted_at is None and self.dropped_at is None


class CatalogueRow(models.Model):
    """A row in one of its versions: for this item in this area (none: everywhere else) that unit leads.

    A draft has no `since`.  The one in force has no `until`, or one to come; it is never written over: the next version
    ends it.  `removed`: with this version the row is no more.
    """

    centre = models.ForeignKey(Centre, models.CASCADE, related_name="+")
    batch = models.ForeignKey(CatalogueBatch, models.CASCADE, related_name="rows")
    code = models.CharField("事项编码", max_length=24)
    item = models.CharField("事项名称", max_length=80)
    category = models.ForeignKey(Category, models.PROTECT, related_name="+", verbose_name="诉求类别")
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", null=True, verbose_name="区域")
    #: 、 between them: an order whose title or text has one of them is more likely meant
    words = models.CharField("关键词", max_length=200, blank=True)
    lead = models.ForeignKey(Unit, models.PROTECT, related_name="+", null=True, verbose_name="主办单位")
    #: the second of a dual dispatch (双派)
    dual = models.ForeignKey(Unit, models.PROTECT, related_name="+", null=True, verbose_name="双派单位")
    assists = ArrayField(models.BigIntegerField(), default=list, verbose_name="协办单位")
    #: a code of the pack's `[catalogue] bases`
    basis = models.CharField("依据类别", max_length=16)
    basis_text = models.CharField("依据", max_length=200, blank=True)
    #: when that basis was last looked at
    basis_day = models.DateField("依据核对日期", null=True)
    procedure = models.CharField("办理流程", max_length=1000, blank=True)
    #: how long the handling may take, as packs write spans: "3 workdays"; "": as the rules say
    limit = models.CharField("办理时限", max_length=24, blank=True)
    scope = models.CharField("适用范围", max_length=500, blank=True)
    #: what a caller is told whom nobody here can help
    script = models.CharField("引导话术", max_length=500, blank=True)
    #: the unit that keeps the row, and may be asked about it; none: the centre
    owner = models.ForeignKey(Unit, models.PROTECT, related_name="+", null=True, verbose_name="维护单位")
    #: the ruling that it comes from
    ruling = models.ForeignKey("proceedings.Proceeding", models.PROTECT, related_name="+", null=True)
    version = models.PositiveSmallIntegerField(default=1)
    #: the version that it was drafted over; another one in force by then, it is not enacted
    over = models.ForeignKey("self", models.PROTECT, related_name="+", null=True)
    removed = models.BooleanField(default=False)
    since = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "code", "area"], nulls_distinct=False, name="one_catalogue_row_a_batch"
            ),
            models.UniqueConstraint(
                fields=["centre", "code", "area"],
                nulls_distinct=False,
                condition=Q(since__isnull=False, until=None),
                name="one_catalogue_row_in_force",
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gt=F("since")), name="catalogue_row_held_a_while"
            ),
        ]
        indexes = [
            # what an order's category and area propose
            models.Index(
                fields=["centre", "category", "area"], condition=Q(since__isnull=False), name="catalogue_proposes"
            ),
        ]
