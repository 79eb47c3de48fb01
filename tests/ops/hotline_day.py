"""What the processes of test_kill.py do: `python -m tests.ops.hotline_day prepare|register NAME|deliver FILE|judge`.

Each is a process of its own, so that it can be killed at any instant.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import TypeVar

import django

T = TypeVar("T")


def prepare() -> None:
    """An empty book and a centre that works by the base pack."""
    from django.core.management import call_command
    from tests.cast import make_cast

    call_command("migrate", verbosity=0, interactive=False)
    make_cast("base", "base")


def register(name: str) -> None:
    """Register and dispatch without end; print the number of each order only when the ledger has acknowledged it.

    While the database is away the same request is sent again with the same key, as a browser or an importer does.
    """
    from django.db import Error, connection
    from django.utils import timezone
    from tests.cast import request

    from lianxin.directory.models import Post, Unit
    from lianxin.ledger.acts import Act, Actor
    from lianxin.ledger.door import record
    from lianxin.orders.models import Order

    def patiently(ask: Callable[[], T]) -> T:
        while True:
            try:
                return ask()
            except Error:
                connection.close()
                time.sleep(0.02)

    posts = patiently(lambda: {p.role: p for p in Post.objects.filter(unit__parent=None)})
    town = patiently(lambda: Unit.objects.get(code="town")).pk

    def actor(role: str) -> Actor:
        post = posts[role]
        return Actor(role, post.centre_id, post.holder_a_id, post.pk, post.unit_id)

    for n in count():
        # Ten minutes ago: what is not dispatched now is overdue.
        at = timezone.now() - timedelta(minutes=10)
        act = Act("order.registered", actor("agent"), at, request(), key=f"{name}-{n}")
        pk = patiently(lambda act=act: record(act).order)
        say(f"{name}-{n} {patiently(lambda pk=pk: Order.objects.get(pk=pk).number)}")
        if n % 2:
            payload = {"shares": [{"unit": town}], "basis": "law"}
            act = Act("order.dispatched", actor("dispatcher"), at, payload, order=pk, key=f"{name}-{n}-d")
            patiently(lambda act=act: record(act))


def deliver(path: str) -> None:
    """Empty the outbox without end; what goes out is written to a file, as to a gateway."""
    from django.db import Error, connection
    from django.utils import timezone

    from lianxin.ledger import outbox
    from lianxin.ledger.models import Notice

    gateway = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def send(notice: Notice) -> bool:
        os.write(gateway, f"{notice.pk}\n".encode())
        time.sleep(0.002)
        return True

    while True:
        try:
            outbox.deliver(timezone.now(), send, batch=20)
        except Error:
            connection.close()
        time.sleep(0.02)


def judge() -> None:
    """What stands in the book, as JSON."""
    from django.db.models import Count
    from django.utils import timezone

    from lianxin.ledger import outbox
    from lianxin.ledger.models import Clock, Entry, Notice
    from lianxin.ledger.sweep import sweep
    from lianxin.ledger.verify import verify
    from lianxin.orders.models import Order

    now = timezone.now()
    outbox.give_up(now + outbox.CUT_OFF)
    overdue = Order.objects.filter(state="registered").count()
    rung = sweep(now)
    keys = Entry.objects.exclude(key=None).exclude(key__endswith="-d").values_list("key", "order__number")
    say(
        json.dumps(
            {
                "differences": [str(d) for d in verify()],
                "keys": dict(keys),
                "orders": Order.objects.count(),
                "overdue": overdue,
                "rung": rung,
                "breached": Clock.objects.filter(kind="dispatch", ended_at=None).exclude(breached_at=None).count(),
                "registrations": Entry.objects.filter(action="order.registered").count(),
                "notices": dict(Notice.objects.values_list("state").annotate(n=Count("id"))),
            }
        )
    )


def say(line: str) -> None:
    """One line for whoever started us, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    django.setup()
    globals()[sys.argv[1]](*sys.argv[2:])
