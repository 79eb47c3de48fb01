"""Two people at once, on connections of their own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from threading import Barrier
from typing import Any, TypeVar

import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.cast import Cast, request
from tests.orders.stages import REASON, TOLD

from lianxin.bulletins import issue
from lianxin.ledger import attest, moments, seals
from lianxin.ledger import verify as proof
from lianxin.ledger.acts import Act, Refused
from lianxin.ledger.attachments import Upload
from lianxin.ledger.door import Recorded, record, record_many
from lianxin.ledger.models import Clock, Entry
from lianxin.ledger.sweep import sweep
from lianxin.ledger.verify import Span, verify, verify_span
from lianxin.orders.erasure import erase
from lianxin.orders.models import Order, Share

pytestmark = pytest.mark.django_db(transaction=True)
T = TypeVar("T")


@pytest.fixture
def base(transactional_db: None) -> Cast:
    from tests.cast import make_cast

    return make_cast("base", "base")


#: Every order there is.
ALL = Span(0, 1 << 40)


def at_once(*jobs: Callable[[], T]) -> list[T | Refused]:
    """Run the jobs side by side, each on its own connection; a refusal is an answer."""
    start = Barrier(len(jobs))

    def run(job: Callable[[], T]) -> T | Refused:
        try:
            start.wait(10)
            return job()
        except Refused as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


def registered(base: Cast, at: datetime, **changes: Any) -> int:
    return record(Act("order.registered", base.actor("agent"), at, request(**changes))).order


@pytest.mark.parametrize("round_", range(3))
def test_two_acts_on_one_order_one_after_the_other(base: Cast, nine: datetime, round_: int) -> None:
    pk = registered(base, nine)

    def answer(who: str, verb: str, payload: dict[str, Any]) -> Callable[[], Recorded]:
        return lambda: record(Act(verb, base.actor(who), nine, payload, order=pk))

    results = at_once(
        answer("agent", "order.answered", {"told": TOLD}),
        answer("dispatcher", "order.invalidated", {"reason": REASON, "told": TOLD}),
    )
    assert sorted(type(r).__name__ for r in results) == ["Recorded", "Refused"]
    assert Entry.objects.filter(order=pk).count() == 2
    assert list(verify()) == []


def test_acts_that_may_both_be_done_are_both_done(base: Cast, nine: datetime) -> None:
    pk = registered(base, nine)
    jobs = [
        lambda n=n: record(Act("order.supplemented", base.actor("agent"), nine, {"text": f"补充第 {n} 条"}, order=pk))
        for n in range(6)
    ]
    assert all(isinstance(r, Recorded) for r in at_once(*jobs))
    assert [e.number for e in Entry.objects.filter(order=pk).order_by("number")] == list(range(1, 8))
    assert list(verify()) == []


def test_the_same_registration_from_two_threads_is_done_once(base: Cast, nine: datetime) -> None:
    act = Act("order.registered", base.actor("agent"), nine, request(), key="double-click")
    results = at_once(*[lambda: record(act)] * 4)
    assert all(isinstance(r, Recorded) for r in results)
    assert sorted(r.repeated for r in results if isinstance(r, Recorded)) == [False, True, True, True]
    assert (Order.objects.count(), Entry.objects.exclude(key=None).count()) == (1, 1)


def test_the_same_act_from_two_threads_is_done_once(base: Cast, nine: datetime) -> None:
    pk = registered(base, nine)
    act = Act("order.answered", base.actor("agent"), nine, {"told": TOLD}, order=pk, key="double-click")
    results = at_once(*[lambda: record(act)] * 3)
    assert sorted(r.repeated for r in results if isinstance(r, Recorded)) == [False, True, True]


def test_one_upstream_number_from_two_imports_is_registered_once(base: Cast, nine: datetime) -> None:
    def batch(*numbers: str) -> Callable[[], list[Recorded | Refused]]:
        acts = [Act("order.registered", base.actor("agent"), nine, request(upstream_number=n)) for n in numbers]
        return lambda: record_many(acts, collect=True)

    at_once(batch("A", "B", "C"), batch("C", "B", "A", "D"))
    assert sorted(Order.objects.values_list("upstream_number", flat=True)) == ["A", "B", "C", "D"]


def test_numbers_are_not_given_twice(base: Cast, nine: datetime) -> None:
    at_once(*[lambda: [registered(base, nine) for _ in range(5)]] * 4)
    numbers = list(Order.objects.values_list("number", flat=True))
    assert len(numbers) == len(set(numbers)) == 20


def test_two_orders_merged_into_each_other_at_once(base: Cast, nine: datetime) -> None:
    first, second = registered(base, nine), registered(base, nine)

    def merge(pk: int, into: int) -> Callable[[], Recorded]:
        return lambda: record(Act("order.merged", base.actor("agent"), nine, {"other": into}, order=pk))

    results = at_once(merge(first, second), merge(second, first))
    # Whoever came second is told so; never are both waiting for each other.
    assert sorted(type(r).__name__ for r in results) == ["Recorded", "Refused"]
    assert Order.objects.filter(state="merged").count() == 1
    assert list(verify()) == []


def test_two_sweeps_at_a_time_ring_each_clock_once(base: Cast, nine: datetime) -> None:
    early = nine - timedelta(days=16)
    for _ in range(12):
        registered(base, early)
    now = timezone.now()
    assert sum(n for n in at_once(*[lambda: sweep(now, batch=5)] * 3) if isinstance(n, int)) == 12
    assert Entry.objects.filter(action="clock.breached").count() == 12
    assert not Clock.objects.exclude(next_at=None).exists()
    assert list(verify()) == []


def test_a_reply_and_a_sweep_at_the_same_moment(base: Cast, nine: datetime) -> None:
    early = nine - timedelta(days=16)
    orders = [registered(base, early) for _ in range(6)]

    def answer() -> int:
        for pk in orders:
            record(Act("order.answered", base.actor("agent"), nine, {"told": TOLD}, order=pk))
        return 0

    at_once(answer, lambda: sweep(timezone.now(), batch=2))
    assert Order.objects.filter(state="answered").count() == 6
    assert list(verify()) == []


def test_no_day_is_closed_while_somebody_may_hold_one_of_its_numbers(base: Cast, nine: datetime) -> None:
    pk = registered(base, nine)

    def try_to_seal() -> str:
        now = timezone.now()
        try:
            seals.close(now.date(), now)
        except moments.StillWriting:
            return "put off"
        return "sealed"

    with transaction.atomic():
        record(Act("order.answered", base.actor("agent"), nine, {"told": TOLD}, order=pk))
        assert at_once(try_to_seal) == ["put off"]
    assert at_once(try_to_seal) == ["sealed"]
    assert list(verify()) == []


def test_acts_while_the_book_is_proved_are_no_differences(
    base: Cast, nine: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    pk = registered(base, nine)
    real = proof._read

    def meanwhile(model: Any, *span: Any) -> Any:
        if model is Share:
            at_once(lambda: record(Act("order.answered", base.actor("agent"), nine, {"told": TOLD}, order=pk)))
        return real(model, *span)

    with monkeypatch.context() as patch:
        patch.setattr(proof, "_read", meanwhile)
        assert list(verify_span(ALL)) == []
    assert Order.objects.get().state == "answered"
    assert list(verify()) == []


def test_a_file_erased_while_the_book_is_proved_is_not_missing(
    base: Cast, nine: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = Upload("单.pdf", b"%PDF-1.7\n%%EOF")
    pk = record(Act("order.registered", base.actor("agent"), nine, request(), files=(file,))).order
    record(Act("order.answered", base.actor("agent"), nine, {"told": TOLD}, order=pk))
    real = proof._read

    def meanwhile(model: Any, *span: Any) -> Any:
        if model is Share:
            at_once(lambda: erase(Order.objects.get(), timezone.now()))
        return real(model, *span)

    with monkeypatch.context() as patch:
        patch.setattr(proof, "_read", meanwhile)
        assert list(verify_span(ALL)) == []
    assert list(verify()) == []


def test_the_proof_asks_no_more_for_more_orders(base: Cast, nine: datetime) -> None:
    counts = []
    for _ in range(2):
        registered(base, nine)
        with CaptureQueriesContext(connection) as captured:
            assert list(verify()) == []
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_a_commit_whose_answer_was_lost_bars_nobody_from_writing(base: Cast, nine: datetime) -> None:
    """The server commits, and its connection breaks before it has said so: whether the number of the attestation is
    used is not known, and the thread that had it must still be able to write."""
    registered(base, nine)
    act = Act("order.registered", base.actor("agent"), nine, request(), key="once")
    with pytest.MonkeyPatch.context() as patch:

        def answer_is_lost() -> None:
            connection.connection.commit()
            connection.connection.close()
            raise OperationalError("server closed the connection")

        patch.setattr(connection, "_commit", answer_is_lost)
        with pytest.raises(OperationalError):
            record(act)
        connection.close()
    assert record(act).repeated, "it was done"
    registered(base, nine)
    assert Order.objects.count() == 3
    assert [str(d) for d in verify()] == []


def test_a_number_that_is_used_already_makes_a_writer_another_one(base: Cast, nine: datetime) -> None:
    """Whatever kept it from hearing of its own commit: the connection lives, and it must be able to write."""
    registered(base, nine)
    attest._writer.done = 0
    registered(base, nine)
    assert Order.objects.count() == 2
    assert [str(d) for d in verify()] == []


def test_two_who_write_one_article_at_once_do_not_write_over_each_other(base: Cast) -> None:
    first, now = date(2026, 11, 9), timezone.now()

    def writes(who: str) -> Callable[[], None]:
        def write() -> None:
            issue.write_article(base.centre, first, f"# 题目\n\n{who}", actor=base.actor(who), at=now, over=NONE)

        return write

    done = at_once(writes("leader"), writes("analyst"))
    assert sorted(type(one).__name__ for one in done) == ["NoneType", "Refused"]


NONE = issue.mark_of("")
