from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from lianxin.ledger.models import Beside, OrderPart, Root
from lianxin.rules.lifecycle import OPEN, ORDER_TITLES, OrderState

from ..reach import InReach

OPEN_STATES = sorted(state.value for state in OPEN)


class OrderQuerySet(InReach["Order"]):
    """The only starting point of a query over orders outside the ledger."""


class Order(Root):
    """The thing the citizen can ask about (工单), one number for life."""

    letter, column = "o", "order_id"
    OPEN = models.Q(state__in=OPEN_STATES)
    rings = ("clock.warned", "clock.breached")
    comes = "task.came"

    upstream_number = models.CharField("上级编号", max_length=64, null=True)
    upstream_due = models.DateTimeField("上级时限", null=True)
    #: the round for which the upper platform set it: it binds no later one
    upstream_due_round = models.PositiveSmallIntegerField(default=1)
    state = models.CharField("状态", max_length=16, choices=list(ORDER_TITLES.items()))
    round = models.PositiveSmallIntegerField("轮次", default=1)

    received_at = models.DateTimeField("来件时间")
    dispatched_at = models.DateTimeField("首次派单时间", null=True)
    dispatched_recorded_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField("办结时间", null=True)

    channel = models.CharField("渠道", max_length=16)
    source = models.CharField("来源", max_length=24)
    # Current values; what they were at an earlier cut-off stands in Facts.
    cls = models.CharField("诉求类别", max_length=16)
    category = models.ForeignKey("directory.Category", models.PROTECT, null=True, verbose_name="分类")
    area = models.ForeignKey("directory.Area", models.PROTECT, null=True, verbose_name="区域")
    urgency = models.CharField("紧急程度", max_length=8, default="normal")
    tags = ArrayField(models.CharField(max_length=32), default=list, verbose_name="标签")
    excluded = models.BooleanField("不计入考核", default=False)
    #: it was disclosed as a test item (模拟事项); until then nothing on its row or in its ledger says so
    simulated = models.BooleanField("模拟事项", default=False)
    #: since when the ledger knows it; figures of an earlier cut-off count it on.  None: from its beginning
    disclosed_recorded_at = models.DateTimeField(null=True)
    confidential = models.BooleanField("要求保密", default=False)
    #: all requests, those that repeats brought included
    request_count = models.PositiveSmallIntegerField("诉求条数", default=1)

    # Orders about one thing (事项), which is a proceeding of its own.
    # Of these three few orders have any: indexes of those alone stand below.
    matter = models.ForeignKey(
        "proceedings.Proceeding",
        models.PROTECT,
        null=True,
        related_name="orders",
        verbose_name="同一事项",
        db_index=False,
    )
    #: the running campaign (专项行动) of which it is
    campaign = models.ForeignKey(
        "proceedings.Proceeding",
        models.PROTECT,
        null=True,
        related_name="members",
        verbose_name="专项行动",
        db_index=False,
    )
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="merged", db_index=False)
    merged_at = models.DateTimeField(null=True)
    #: what was merged into this one (orders.repeats.Repeat), in the order of joining
    repeats = models.JSONField("并入的重复件", default=list)
    urges = models.PositiveSmallIntegerField("催办次数", default=0)
    # What happened to it so far, for conditions of the pack: each act that changes one writes it (`orders.counting`).
    matter_orders = models.PositiveSmallIntegerField("同一事项件数", default=1)
    #: in how many handling periods the matter was raised (C43); 1 where no rule of the pack asks
    matter_periods = models.PositiveSmallIntegerField("同一事项跨几个处理时段", default=1)
    returns = models.PositiveSmallIntegerField("退单次数", default=0)
    moves = models.PositiveSmallIntegerField("改派次数", default=0)
    send_backs = models.PositiveSmallIntegerField("退回重报次数", default=0)
    extensions = models.PositiveSmallIntegerField("延期次数", default=0)
    #: how often its caller was reached by those who handle it, in all rounds (D36)
    contacts = models.PositiveSmallIntegerField("联系诉求人次数", default=0)
    #: the last result grade of each layer that called back: {layer: grade}
    grades = models.JSONField("各层回访评价", default=dict)

    #: how often the centre has urged each running leading share or sent it back (C51): {share: times}, of those that
    #: wait for an audit under "replied"; a reply resets nothing
    pressed = models.JSONField("本中心催办、退回次数", default=dict)

    #: what its caller is marked with (`orders.flags`): his flags stand on each of his orders
    caller_flags = ArrayField(models.CharField(max_length=16), default=list, verbose_name="诉求人标记")

    #: what it is labelled with: codes of its pack's `[[label]]`
    labels = ArrayField(models.CharField(max_length=16), default=list, verbose_name="标识")
    #: what a granted petition has found of it: a reason code of its pack (`rules.policy_petitions`)
    judged = models.CharField("认定", max_length=16, blank=True, default="")
    #: on what the reply of a leading unit stands that only explains and was passed in this round (B15): law, no_policy
    explained = models.CharField("解释依据", max_length=16, blank=True, default="")

    # Whom it complains of (C64, `orders.recusal`): ids of people, who see nothing of it and answer for none of it, and
    # of units, none of which has it alone.  Few orders have any.
    recused = ArrayField(models.BigIntegerField(), null=True, verbose_name="被投诉人员")
    recused_units = ArrayField(models.BigIntegerField(), null=True, verbose_name="被投诉单位")
    #: what of it was said: {"units": those named as such, "people": {person: the units in which he served then}}
    recused_for = models.JSONField("登记的被投诉对象", default=dict)

    #: who found it on his round (C22): whose post sees only what he finds sees it by this
    found_by = models.ForeignKey(
        "directory.Staff", models.PROTECT, null=True, related_name="+", verbose_name="巡查发现人", db_index=False
    )

    # The result told to the caller (B02): set with every end.
    result_code = models.CharField("办理结果", max_length=24, blank=True)
    told_at = models.DateTimeField("告知诉求人时间", null=True)

    callback_tries = models.PositiveSmallIntegerField("回访次数", default=0)
    #: when the caller asked to be called again
    call_at = models.DateTimeField("约定回访时间", null=True)
    called_back_round = models.PositiveSmallIntegerField("已回访轮次", default=0)

    facts_part = models.PositiveIntegerField(default=0)

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "工单"
        constraints = [
            models.UniqueConstraint(fields=["centre", "number"], name="one_number_for_life"),
            models.UniqueConstraint(
                fields=["centre", "upstream_number"],
                condition=models.Q(upstream_number__isnull=False),
                name="upstream_number_once",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=OPEN_STATES)
                | models.Q(owner_unit__isnull=False, owner_post__isnull=False, owner_person__isnull=False),
                name="an_open_order_has_an_owner",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=OPEN_STATES)
                | (models.Q(told_at__isnull=False) & ~models.Q(result_code="")),
                name="no_end_without_result_and_answer",
            ),
            models.CheckConstraint(condition=models.Q(state__in=list(OrderState)), name="known_order_state"),
        ]
        indexes = [
            # figures: what was accepted in a period
            models.Index(fields=["centre", "registered_at"], name="order_centre_registered"),
            # queues of a post: open orders by the node's unit, in the very order in which they are worked through
            models.Index(
                fields=["owner_unit", "node", "due_at", "id"],
                condition=models.Q(state__in=OPEN_STATES),
                name="order_queue",
            ),
            # queues of the whole centre: open orders, due first
            models.Index(fields=["centre", "due_at"], condition=models.Q(state__in=OPEN_STATES), name="order_open_due"),
            # the few that go round again
            models.Index(fields=["centre"], condition=models.Q(state__in=OPEN_STATES, round__gt=1), name="order_again"),
            # what was closed lately, and what was closed so long ago that its words may go
            models.Index(
                fields=["centre", "closed_at"],
                condition=models.Q(closed_at__isnull=False, erased_at__isnull=True),
                name="order_centre_ended",
            ),
            # figures leave the few simulated orders out without reading the others
            models.Index(fields=["centre"], condition=models.Q(simulated=True), name="order_simulated"),
            # what complains of somebody
            models.Index(fields=["centre"], condition=models.Q(recused__isnull=False), name="order_recused"),
            # search by a line, newest first
            models.Index(fields=["centre", "source", "id"], name="order_source"),
            # what somebody found on his rounds, newest first
            models.Index(fields=["found_by", "id"], condition=models.Q(found_by__isnull=False), name="order_found"),
            models.Index(fields=["matter"], condition=models.Q(matter__isnull=False), name="order_matter"),
            models.Index(fields=["campaign"], condition=models.Q(campaign__isnull=False), name="order_campaign"),
            models.Index(fields=["merged_into"], condition=models.Q(merged_into__isnull=False), name="order_merged"),
        ]

    @property
    def is_open(self) -> bool:
        return self.state in OPEN


class Appeal(Beside):
    """What the caller asks (诉求): the current text.  Earlier texts stand in the enclosures of their
    entries; both are blanked when their time is over."""

    order = models.OneToOneField(Order, models.PROTECT, primary_key=True, related_name="appeal")
    title = models.CharField("标题", max_length=120, blank=True)
    text = models.TextField("内容", blank=True)
    address = models.CharField("地址", max_length=200, blank=True)
    requests = models.JSONField("诉求事项", default=list)


class Caller(Beside):
    """Who asks (诉求人): name and number encrypted (SM4-GCM), keyed hashes (HMAC-SM3) for look-up."""

    order = models.OneToOneField(Order, models.PROTECT, primary_key=True, related_name="caller")
    name = models.TextField(blank=True)
    phone = models.TextField(blank=True)
    name_hash = models.BinaryField(max_length=32, null=True)
    phone_hash = models.BinaryField(max_length=32, null=True)
    last4_hash = models.BinaryField(max_length=32, null=True)
    #: whether the order has flags of his: a registration looks for them among these few, whoever rings often
    flagged = models.BooleanField(default=False)

    class Meta:
        indexes = [
            # what a caller is marked with, while his next request is registered
            models.Index(fields=["phone_hash"], condition=models.Q(flagged=True), name="caller_flagged"),
            # a caller's past orders while he is on the line
            models.Index(fields=["phone_hash"], name="caller_phone"),
            models.Index(fields=["last4_hash"], name="caller_last4"),
            models.Index(fields=["name_hash"], name="caller_name"),
        ]


class Facts(OrderPart):
    """What figures group and filter by, as the ledger knew it from `known_from` until `known_to`.

    A cut-off asks for the one row with `known_from <= cutoff < known_to`, so a figure of last month is
    the same figure next year, whatever was corrected since.
    """

    category = models.ForeignKey("directory.Category", models.PROTECT, null=True, related_name="+")
    area = models.ForeignKey("directory.Area", models.PROTECT, null=True, related_name="+")
    cls = models.CharField(max_length=16)
    source = models.CharField(max_length=24)
    channel = models.CharField(max_length=16)
    urgency = models.CharField(max_length=8)
    tags = ArrayField(models.CharField(max_length=32), default=list)
    excluded = models.BooleanField()
    invalid = models.BooleanField(default=False)
    answered = models.BooleanField(default=False)
    known_from = models.DateTimeField()
    known_to = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=models.Q(known_to__isnull=True), name="one_current_row_of_facts"
            )
        ]
        indexes = [models.Index(fields=["order", "known_from"], name="facts_order_known")]
