"""The feed of what is new: nothing is skipped, though it was written before and committed after somebody looked."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone
from tests.cast import Cast, make_cast, request

from lianxin.ledger import feed
from lianxin.ledger.acts import Act
from lianxin.ledger.door import record
from lianxin.ledger.models import Entry, Reader

LONG_AGO = timedelta(days=9000)


def news(name: str, at: datetime) -> list[int]:
    """The entries that this reader is shown now."""

    def look(since: datetime, until: datetime) -> list[int]:
        return list(Entry.objects.filter(written_at__gte=since).order_by("pk").values_list("pk", flat=True))

    return feed.read(name, at - LONG_AGO, look)


def taken(cast: Cast) -> None:
    """A request taken now."""
    record(Act("order.registered", cast.actor("agent"), timezone.now(), request()))


@pytest.mark.django_db(transaction=True)
def test_what_was_committed_late_is_seen_by_the_next_look(nine: datetime) -> None:
    cast = make_cast()
    # Whoever takes the first request of a day sets up its numbers, and others wait for him.
    taken(cast)
    (first,) = news("a", nine)
    begun, looked = threading.Event(), threading.Event()

    def slowly() -> None:
        try:
            with transaction.atomic():
                taken(cast)
                begun.set()
                looked.wait(20)
        finally:
            connection.close()

    writer = threading.Thread(target=slowly)
    writer.start()
    assert begun.wait(20)
    # Something later is written and seen while the other transaction still runs.
    taken(cast)
    seen = news("a", nine)
    looked.set()
    writer.join()
    late = set(Entry.objects.values_list("pk", flat=True)) - set(seen) - {first}
    assert late, "the slow one was not to be seen yet"
    assert late <= set(news("a", nine))
    assert news("a", nine) == [], "and then no more"
    assert len(news("b", nine)) == Entry.objects.count(), "each reader has a place of his own"


@pytest.mark.django_db
def test_a_look_that_fails_is_done_again(nine: datetime) -> None:
    cast = make_cast()
    cast.register(nine)

    def fails(since: datetime, until: datetime) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        feed.read("a", nine - LONG_AGO, fails)
    assert not Reader.objects.filter(pk="a").exists()
    assert news("a", nine)


def test_the_feed_reads_a_stretch_of_the_book_not_the_whole(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN SELECT id FROM ledger_entry WHERE written_at >= now() - interval '1 minute'")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "entry_written" in plan


def test_two_readers_of_one_name_come_as_far_as_the_last(nine: datetime, db: None) -> None:
    _: Cast = make_cast()
    news("a", nine)
    before = Reader.objects.get(pk="a").read_until
    news("a", nine)
    assert Reader.objects.get(pk="a").read_until >= before
