"""Deliveries go out, many in one message, each at most once.

1. `give_up`: what a worker took up and did not finish (it was killed) becomes `unknown`, and is never resent by itself.
2. `_claimed`: in one short transaction one message of one channel is made ready and taken up; no other worker takes
   anything of this channel meanwhile, and what a robot may take in a minute is kept.
3. It is sent outside any transaction and marked.  What was surely not taken is tried again with growing pauses.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import QuerySet

from lianxin.directory import snapshot
from lianxin.directory.models import Centre, Channel
from lianxin.ledger.locks import Lock
from lianxin.ledger.models import Delivery

from . import mail, robots, timing, viewers, wording
from .outcomes import Outcome
from .spreading import spread

_log = logging.getLogger(__name__)
#: A message takes seconds; whoever has not finished after this time is dead.
CUT_OFF = timedelta(minutes=10)
#: How long it waits after the first, second … time that it was not taken; after the last it is not tried any more.
PAUSES = tuple(timedelta(minutes=each) for each in (1, 5, 15, 60, 240))
#: Who is asked for a longer pause gets this one: DingTalk bars a robot for ten minutes.
SLOW = timedelta(minutes=15)
#: The vendors take twenty messages a robot in a minute.
MOST_A_MINUTE = 20
MINUTE = timedelta(minutes=1)
#: So many lines are read in a message.
MOST_LINES = 50
#: A mailbox takes more than anybody reads.
MAIL_LIMIT = 60_000

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Message:
    """What goes out at once, and which deliveries it is."""

    id: uuid.UUID
    channel: Channel
    text: str
    deliveries: tuple[Delivery, ...]


def run(now: Clock) -> int:
    """Tell what is new in every centre, and send what is to be sent.  Returns how many deliveries were made."""
    give_up(now())
    for centre in Centre.objects.order_by("pk"):
        try:
            spread(centre.pk, now())
        except Exception:  # that centre's alone; its feed shows it the same entries again
            _log.exception("what happened in centre %s was not told", centre.code)
    waiting = Delivery.objects.filter(state="queued", next_at__lte=now())
    channels = waiting.order_by("channel").values_list("channel", flat=True).distinct()
    return sum(_emptied(channel, now) for channel in list(channels))


def _emptied(channel: int, now: Clock) -> int:
    try:
        return empty(channel, now)
    except Exception:  # that channel's alone; what waits for it is looked at again in the next minute
        _log.exception("what waits for channel %s was not sent", channel)
        return 0


def give_up(at: datetime) -> int:
    """Mark as unknown what was taken up before `at` - CUT_OFF and never finished.  Returns how many."""
    lost = Delivery.objects.filter(state="sending", claimed_at__lte=at - CUT_OFF)
    return lost.update(state="unknown", why="发送中断，不知是否送达")


def empty(channel: int, now: Clock) -> int:
    """Send what a channel is to be sent now.  Returns how many deliveries were made."""
    done = 0
    while message := _claimed(channel, now()):
        outcome = _sent(message, now())
        _mark(message, outcome, now())
        if outcome.state != "sent":
            break
        done += len(message.deliveries)
    return done


def deliver(channel: Channel, text: str, count: int, at: datetime) -> Outcome:
    """Send one text by a channel; `count` is how many things it tells."""
    try:
        address, secret = channel.opened()
    except ValueError:
        return Outcome("failed", "渠道的地址不能解读，请重新填写")
    if channel.kind == "email":
        return mail.send(address, f"【{wording.SUBJECT}】{count} 件通知", text)
    return robots.send(channel.kind, address, secret, text, at)


def _sent(message: Message, at: datetime) -> Outcome:
    try:
        return deliver(message.channel, message.text, len(message.deliveries), at)
    except Exception as error:
        # Whatever it is, it may have gone out; its words may hold the address.
        _log.error("a message by channel %s broke off: %s", message.channel.pk, type(error).__name__)
        return Outcome("unknown", "发送中断，不知是否送达")


def _claimed(channel_id: int, at: datetime) -> Message | None:
    """The next message of a channel, taken up; None if there is none now."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [Lock.TELLING, channel_id])
        channel = Channel.objects.select_related("unit", "staff").get(pk=channel_id)
        waiting = Delivery.objects.filter(channel=channel, state="queued", next_at__lte=at)
        if not channel.active:
            waiting.update(state="dropped", why="渠道已停用")
            return None
        if _lately(channel, at) >= MOST_A_MINUTE:
            return None
        directory = snapshot.of(channel.centre_id)
        if timing.is_quiet(channel, at, directory.calendar_at(at)):
            waiting = waiting.filter(urgent=True)
        viewer = viewers.of_channel(directory, channel)
        # Whoever resends by hand holds his rows; they are not waited for.
        rows = waiting.select_for_update(skip_locked=True).order_by("-urgent", "pk")
        while found := list(rows[:MOST_LINES]):
            said = wording.lines(viewer, found, at)
            _drop([row for row in found if row.pk not in said])
            if said:
                return _taken_up(channel, [row for row in found if row.pk in said], said, at)
    return None


def _taken_up(channel: Channel, rows: Sequence[Delivery], said: dict[int, str], at: datetime) -> Message:
    limit = MAIL_LIMIT if channel.kind == "email" else robots.VENDORS[channel.kind].limit
    chosen = tuple(rows[: wording.fitting((said[row.pk] for row in rows), limit)])
    message = uuid.uuid4()
    for row in chosen:
        row.attempts += 1
    Delivery.objects.bulk_update(chosen, ["attempts"])
    ours = Delivery.objects.filter(pk__in=[row.pk for row in chosen], state="queued")
    ours.update(state="sending", claimed_at=at, message=message)
    return Message(message, channel, wording.headed([said[row.pk] for row in chosen]), chosen)


def _lately(channel: Channel, at: datetime) -> int:
    """How many messages it was sent in the last minute."""
    sent = Delivery.objects.filter(channel=channel, claimed_at__gt=at - MINUTE)
    return sent.values("message").distinct().count()


def _drop(rows: Sequence[Delivery]) -> None:
    if rows:
        gone = Delivery.objects.filter(pk__in=[row.pk for row in rows], state="queued")
        gone.update(state="dropped", why="收件人已看不到这件事")


def _mark(message: Message, outcome: Outcome, at: datetime) -> None:
    """Only what is still ours: another worker may have given us up meanwhile."""
    ours = Delivery.objects.filter(message=message.id, state="sending")
    if outcome.state == "sent":
        ours.update(state="sent", sent_at=at, why="")
    elif outcome.state != "again":
        ours.update(state=outcome.state, why=outcome.why)
    else:
        # Most were tried as often as the others of the message.
        for attempts in sorted({row.attempts for row in message.deliveries}):
            _later(ours.filter(attempts=attempts), attempts, outcome, at)


def _later(rows: QuerySet[Delivery], attempts: int, outcome: Outcome, at: datetime) -> None:
    if attempts > len(PAUSES):
        rows.update(state="failed", why=f"{outcome.why}，试了 {attempts} 次")
        return
    pause = max(PAUSES[attempts - 1], SLOW) if outcome.slow else PAUSES[attempts - 1]
    rows.update(state="queued", next_at=at + pause, why=outcome.why)
