"""What the desk itself keeps: forms in the making, who is at which order, and what a person picked lately.

None of it belongs to the book: it is gone when it has served, and nothing in the ledger leans on it.
"""

from __future__ import annotations

from django.db import models

from lianxin.directory.models import Centre, Staff, Unit
from lianxin.orders.models import Order


class Draft(models.Model):
    """What a person has typed into one form and not yet handed in.

    `slot` names the form: verb, order and share, or the place in a row of registrations.  `body` is sealed as callers
    are: what is typed names people.  `key` is the form's own, so that what was accepted after all is not offered again.
    """

    staff = models.ForeignKey(Staff, models.CASCADE, related_name="+")
    slot = models.CharField(max_length=96)
    body = models.TextField()
    #: the last entry of the order that the page showed when the form was opened
    seen = models.PositiveIntegerField(null=True)
    key = models.CharField(max_length=32)
    kept_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["staff", "slot"], name="one_draft_of_a_form")]
        indexes = [
            # what has waited too long
            models.Index(fields=["kept_at"], name="draft_kept")
        ]


class Presence(models.Model):
    """A person is at an order: he has the form of a verb open (it counts for a minute and a half after the last sign),
    or the order was handed out to him (`until`), or he gave it back (`left_at`)."""

    # Without a constraint of the database: checking it would wait for whoever acts on the order.
    order = models.ForeignKey(Order, models.CASCADE, related_name="+", db_constraint=False)
    staff = models.ForeignKey(Staff, models.CASCADE, related_name="+")
    action = models.CharField(max_length=40)
    seen_at = models.DateTimeField()
    #: whose queue: two units work at their shares of one order without being in each other's way
    unit = models.IntegerField(null=True)
    until = models.DateTimeField(null=True)
    left_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "staff"], name="one_presence_a_person")]
        indexes = [models.Index(fields=["seen_at"], name="presence_seen")]


class Duty(models.Model):
    """A person is on duty (当班) at a post; over when he says so, signs out, or has done nothing for a while."""

    staff = models.OneToOneField(Staff, models.CASCADE, primary_key=True, related_name="+")
    unit = models.IntegerField()
    role = models.CharField(max_length=16)
    since = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["unit", "role"], name="duty_place")]


class Recent(models.Model):
    """What a person picked lately of one kind (unit, category, area), newest first."""

    staff = models.ForeignKey(Staff, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=12)
    ids = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["staff", "kind"], name="one_list_of_recent_picks")]


class Phrase(models.Model):
    """A standard phrase (规范用语) in one of its versions, of a unit for its own people or of the centre for everybody.

    `line` names the phrase through all its versions; the one in use has no end.  A version is never written over, so
    that whoever reads an old text knows which wording stood in it.
    """

    centre = models.ForeignKey(Centre, models.CASCADE, related_name="+")
    unit = models.ForeignKey(Unit, models.CASCADE, related_name="+")
    line = models.CharField(max_length=32)
    version = models.PositiveSmallIntegerField()
    #: in which form it is offered: a verb, and a reason of that form ("" for any)
    action = models.CharField(max_length=40)
    reason = models.CharField(max_length=24, blank=True)
    title = models.CharField(max_length=40)
    text = models.TextField()
    staff = models.ForeignKey(Staff, models.PROTECT, related_name="+")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["line", "version"], name="one_phrase_of_a_version"),
            models.UniqueConstraint(
                fields=["line"], condition=models.Q(until__isnull=True), name="one_phrase_of_a_line_in_use"
            ),
        ]
        indexes = [
            models.Index(fields=["unit", "action"], condition=models.Q(until__isnull=True), name="phrase_in_use")
        ]


class PhraseUse(models.Model):
    """A version of a phrase stood in what was handed in and accepted."""

    phrase = models.ForeignKey(Phrase, models.CASCADE, related_name="uses")
    staff = models.ForeignKey(Staff, models.CASCADE, related_name="+")
    at = models.DateTimeField()
