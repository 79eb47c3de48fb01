"""Channels of a cast, and what went out by them."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from typing import Any

from tests.cast import Cast
from tests.telling.receivers import SECRETS, Mailbox, Robots

from lianxin.directory.models import Channel
from lianxin.ledger.models import Delivery
from lianxin.telling import outgoing


def group(cast: Cast, unit: str, robots: Robots, kind: str = "wecom", **more: Any) -> Channel:
    """A robot in a unit's group."""
    return _kept(cast, robots.address(kind), SECRETS.get(kind, ""), kind=kind, unit=cast.units[unit], **more)


def own(cast: Cast, who: str, address: str = "", **more: Any) -> Channel:
    """A person's mailbox."""
    return _kept(cast, address or "clerk@example.com", "", kind="email", staff=cast.staff[who], **more)


def _kept(cast: Cast, address: str, secret: str, **more: Any) -> Channel:
    made = Channel(centre=cast.centre, **{"name": "热线工作群", **more})
    made.seal(address, secret)
    made.full_clean()
    made.save()
    return made


def run(at: datetime) -> int:
    """The job, at that instant."""
    return outgoing.run(lambda: at)


def states() -> dict[str, int]:
    """How many deliveries are in which state."""
    return dict(Counter(Delivery.objects.values_list("state", flat=True)))


def why() -> list[str]:
    return sorted({one.why for one in Delivery.objects.exclude(why="")})


def letters(mailbox: Mailbox) -> list[tuple[str, str, str]]:
    """(to, subject, text) of what the mail server took."""
    found = [message_from_bytes(raw) for raw in mailbox.letters]
    return [
        (
            str(letter["To"]),
            str(make_header(decode_header(letter["Subject"]))),
            bytes(letter.get_payload(decode=True)).decode(),  # type: ignore[arg-type]
        )
        for letter in found
    ]
