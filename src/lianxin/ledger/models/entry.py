from __future__ import annotations

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import Mod

from .parts import PART_BITS, RootPart, of_one_root, of_proceeding

#: What an entry holds, how it is spelled and what its digest covers (docs/proof.md).  A change of any of it is a new
#: number, and what replays entries keeps the older ones.
FORMAT = 1


class Entry(RootPart):
    """One line of a root's ledger.  A database trigger refuses update and delete.

    `id` is `part_id(root, number)`; `payload` holds no caller's name, number or text (those stand in the
    enclosure, which may be erased; `enclosure_digest` is salted).  `derived` is what the act found outside
    the root (owner, due times, numbers), so that a replay needs neither today's calendar nor today's staff.
    `digest` = SHA-256 over this line, every column of it, and the digest of the line before.
    """

    format = models.PositiveSmallIntegerField("格式", default=FORMAT)
    number = models.PositiveIntegerField("序号")
    action = models.CharField("动作", max_length=32)
    #: of the verb: a replay runs the effect that was in force
    version = models.PositiveSmallIntegerField("动作版本", default=1)
    at = models.DateTimeField("发生时间")
    recorded_at = models.DateTimeField("入账时间")
    #: the database's own time of the writing transaction
    written_at = models.DateTimeField("写入时间")
    #: desk, import, system, portal, sms, api:NAME, platform:NAME
    via = models.CharField("途径", max_length=40)
    staff = models.ForeignKey("directory.Staff", models.PROTECT, null=True, related_name="+")
    post = models.ForeignKey("directory.Post", models.PROTECT, null=True, related_name="+")
    unit = models.ForeignKey("directory.Unit", models.PROTECT, null=True, related_name="+")
    post_role = models.CharField(max_length=16)
    #: the keyed hash of a citizen who acted himself
    citizen = models.BinaryField("诉求人", max_length=32, null=True)
    clock = models.CharField("时钟", max_length=12, default="wall")
    # The request, so that the same one sent twice is done once: its idempotency key, and what it asked (keyed hash).
    key = models.CharField("提交编号", max_length=96, null=True)
    request_digest = models.BinaryField(max_length=32, null=True)
    payload = models.JSONField()
    derived = models.JSONField()
    enclosure_digest = models.BinaryField(max_length=32, null=True)
    digest = models.BinaryField(max_length=32)

    class Meta:
        verbose_name = verbose_name_plural = "账目"
        constraints = [
            of_one_root("entry"),
            # Its id is made of root and number: so each number is there once.
            models.CheckConstraint(
                condition=models.Q(number=Mod(models.F("id"), 1 << PART_BITS)), name="entry_number_in_its_id"
            ),
            models.UniqueConstraint(
                fields=["key"], condition=models.Q(key__isnull=False), name="a_request_is_done_once"
            ),
        ]
        indexes = [
            of_proceeding("entry_proceeding"),
            # figures: contacts with callers in a period, which have no rows of their own
            models.Index(fields=["at"], condition=models.Q(action="share.contacted"), name="entry_contacts"),
            # who looked at callers' numbers in a period
            models.Index(fields=["at"], condition=models.Q(action="caller.unmasked"), name="entry_unmaskings"),
            # which direct answers named an article, and which had none to name
            models.Index(
                KeyTransform("article_id", "payload"),
                condition=models.Q(action="order.answered"),
                name="entry_named_articles",
            ),
            models.Index(
                fields=["at"],
                condition=models.Q(action="order.answered", payload__grounds="none"),
                name="entry_unanswerable",
            ),
            # the feed: written one after the other, so that a summary of each stretch is enough
            BrinIndex(fields=["written_at"], autosummarize=True, name="entry_written"),
        ]


class Enclosure(models.Model):
    """The private part of an entry: texts, the caller (sealed)."""

    entry = models.OneToOneField(Entry, models.PROTECT, primary_key=True, related_name="enclosure")
    salt = models.BinaryField(max_length=16)
    body = models.JSONField()
    erased_at = models.DateTimeField(null=True)
