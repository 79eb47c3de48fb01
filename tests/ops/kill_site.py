"""What test_kill_site.py asks of the book from outside the site: `python -m tests.ops.kill_site prepare|judge`."""

from __future__ import annotations

import json
import sys
from collections import Counter
from datetime import timedelta

WAITING = 90  # orders whose dispatch clocks fall due one after the other while the site is being killed
FIRST, EVERY = timedelta(seconds=10), timedelta(seconds=2)
DISPATCH = timedelta(minutes=5)  # rule C36
AGENT, PASSWORD = "junan-agent-A", "kill-site-2026"


def prepare() -> None:
    """A small centre, an agent who can sign in, and orders that nobody will dispatch in time."""
    from django.conf import settings
    from django.test.utils import override_settings
    from django.utils import timezone
    from tests.cast import make_cast, request

    from lianxin.directory.models import Staff
    from lianxin.ledger.acts import Act
    from lianxin.ledger.door import record_many

    # Only the agent signs in: the passwords of the others need not be made with care.
    quick = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]
    with override_settings(PASSWORD_HASHERS=quick):
        cast = make_cast()
    agent = Staff.objects.get(username=AGENT)
    agent.set_password(PASSWORD)
    agent.save()
    begin = timezone.now() - DISPATCH + FIRST
    acts = [
        Act("order.registered", cast.actor("agent"), begin + n * EVERY, request(), key=f"waiting-{n}")
        for n in range(WAITING)
    ]
    record_many(acts)


def judge() -> None:
    """What stands in the book, as JSON."""
    from django.utils import timezone

    from lianxin.ledger import outbox
    from lianxin.ledger.models import Clock, Entry, Notice
    from lianxin.ledger.verify import verify
    from lianxin.orders.models import Order

    now = timezone.now()
    # Ten minutes on: what was cut off in the middle is given up by now, the rest goes out.
    outbox.deliver(now + outbox.CUT_OFF)
    breaches = Entry.objects.filter(action="clock.breached")
    rung = [clock for payload in breaches.values_list("payload", flat=True) for clock in payload["clocks"]]
    breached = Clock.objects.exclude(breached_at=None)
    requests = Entry.objects.filter(key__startswith="desk:")
    orders = Order.objects.select_related("appeal")
    found = {
        "differences": [str(difference) for difference in verify()],
        "orders": [(order.number, order.appeal.text) for order in orders],
        "keys": {key.removeprefix("desk:"): number for key, number in requests.values_list("key", "order__number")},
        "registrations": Entry.objects.filter(action="order.registered").count(),
        "rung": sorted(rung),
        "breached": sorted(breached.values_list("pk", flat=True)),
        "notices": list(Notice.objects.values_list("order_id", "kind", "staff_id")),
        "states": Counter(Notice.objects.values_list("state", flat=True)),
    }
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    import django

    from lianxin.ops import database

    with database.running():
        django.setup()
        {"prepare": prepare, "judge": judge}[sys.argv[1]]()
