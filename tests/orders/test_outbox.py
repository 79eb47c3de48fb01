"""The outbox sends each notice at most once, and says what it does not know."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import connection
from tests.cast import Cast, later, request

from lianxin.ledger.acts import Act
from lianxin.ledger.door import record
from lianxin.ledger.models import Notice
from lianxin.ledger.outbox import CUT_OFF, deliver, give_up


def queue(cast: Cast, at: datetime, count: int) -> list[int]:
    """As many registrations, each with a notice to the dispatcher."""
    for _ in range(count):
        record(Act("order.registered", cast.actor("agent"), at, request()))
    return list(Notice.objects.order_by("pk").values_list("pk", flat=True))


def states() -> list[str]:
    return list(Notice.objects.order_by("pk").values_list("state", flat=True))


def test_what_is_queued_is_sent_once(base: Cast, nine: datetime) -> None:
    ids, sent = queue(base, nine, 5), []
    assert deliver(nine, lambda n: not sent.append(n.pk), batch=2) == 5
    assert deliver(nine, lambda n: not sent.append(n.pk)) == 0
    assert (sent, states()) == (ids, ["sent"] * 5)
    assert set(Notice.objects.values_list("sent_at", flat=True)) == {nine}


def test_what_fails_is_marked_and_the_others_go_out(base: Cast, nine: datetime) -> None:
    ids = queue(base, nine, 3)

    def send(notice: Notice) -> bool:
        if notice.pk == ids[0]:
            raise OSError("no way there")
        return notice.pk != ids[1]

    assert deliver(nine, send) == 1
    assert states() == ["failed", "failed", "sent"]


def test_what_a_dead_worker_had_in_hand_is_unknown_and_never_resent(base: Cast, nine: datetime) -> None:
    class Killed(BaseException):
        pass

    queue(base, nine, 2)
    sent: list[int] = []

    def send(notice: Notice) -> bool:
        sent.append(notice.pk)
        raise Killed

    with pytest.raises(Killed):
        deliver(nine, send)
    assert states() == ["sending", "sending"]
    # Another worker leaves them alone while they may still be in somebody's hand …
    assert deliver(nine + CUT_OFF - timedelta(seconds=1)) == 0
    assert states() == ["sending", "sending"]
    # … and then says that it does not know.
    assert deliver(nine + CUT_OFF) == 0
    assert states() == ["unknown", "unknown"]
    assert deliver(later(nine, days=1)) == 0
    assert len(sent) == 1


def test_a_late_worker_does_not_overrule_the_verdict(base: Cast, nine: datetime) -> None:
    queue(base, nine, 1)

    def send(notice: Notice) -> bool:
        give_up(nine + CUT_OFF)
        return True

    deliver(nine, send)
    assert states() == ["unknown"]


@pytest.mark.django_db(transaction=True)
def test_two_workers_share_the_work(nine: datetime) -> None:
    from tests.cast import make_cast

    ids = queue(make_cast("base", "base"), nine, 20)
    sent: list[int] = []

    def work(_: int) -> int:
        try:
            return deliver(nine, lambda n: not sent.append(n.pk), batch=3)
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        assert sum(pool.map(work, range(3))) == 20
    assert sorted(sent) == ids
