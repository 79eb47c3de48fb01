"""Acts of several requests in one transaction: done together, refused, delayed and lost alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from threading import Barrier, Event, Timer
from time import sleep
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from psycopg import errors
from tests.cast import Cast, make_cast, request
from tests.orders.stages import REASON, TOLD

from lianxin.ledger import door, races, together
from lianxin.ledger.acts import Act, Refused
from lianxin.ledger.door import Along, Recorded
from lianxin.ledger.models import Attestation, Entry
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order

pytestmark = pytest.mark.django_db(transaction=True)
#: What came of a request: what was recorded, or what its sender was told instead.
Answer = Recorded | Exception


@pytest.fixture
def base(transactional_db: None) -> Cast:
    return make_cast("base", "base")


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is on the way is waited for, however slow the machine."""
    monkeypatch.setattr(together, "WAIT", 20)


@pytest.fixture
def kept(transactional_db: None) -> Iterator[Callable[[], set[str]]]:
    """What senders keep outside the book: a table of words."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept_along (word text)")

    def words() -> set[str]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT word FROM kept_along")
            return {word for (word,) in cursor.fetchall()}

    yield words
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE kept_along")


def keeping(word: str) -> Along:
    return [("INSERT INTO kept_along VALUES (%s)", [word])]


def send(acts: Sequence[Act], along: Sequence[Along] = (), done: Callable[[int], Any] = id) -> list[Answer]:
    """As the site takes requests of several people: all are in hand before the first is recorded."""
    start = Barrier(len(acts))

    def run(place: int) -> Answer:
        try:
            with together.expected():
                start.wait(10)
                return together.record(acts[place], along[place] if along else ())
        except Exception as error:
            return error
        finally:
            done(place)
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, range(len(acts))))


def registrations(base: Cast, at: datetime, number: int, **changes: Any) -> list[Act]:
    return [
        Act("order.registered", base.actor("agent"), at, request(**changes), key=f"request-{n}") for n in range(number)
    ]


def transactions() -> list[int]:
    """How many ledgers each transaction wrote to."""
    return sorted(len(row.heads) for row in Attestation.objects.all())


def test_what_is_sent_at_the_same_moment_is_one_transaction(base: Cast, nine: datetime) -> None:
    answers = send(registrations(base, nine, 6))
    assert len({answer.order for answer in answers if isinstance(answer, Recorded)}) == 6
    assert transactions() == [6]
    assert list(verify()) == []


def test_who_is_alone_waits_for_nobody(base: Cast, nine: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together._company._complete, "wait_for", lambda *_: pytest.fail("waited for nobody"))
    with together.expected():
        assert isinstance(together.record(registrations(base, nine, 1)[0]), Recorded)


def test_who_is_in_hand_and_records_nothing_is_waited_for_only_until_he_is_answered(base: Cast, nine: datetime) -> None:
    first, answered = Event(), Event()

    def look() -> None:
        with together.expected():
            first.set()
            assert not answered.wait(0.2), "the other was not waited for"

    def act() -> Recorded:
        first.wait(10)
        with together.expected():
            found = together.record(registrations(base, nine, 1)[0])
        answered.set()
        connection.close()
        return found

    with ThreadPoolExecutor(2) as pool:
        looking, acting = pool.submit(look), pool.submit(act)
        looking.result(10)
        assert isinstance(acting.result(10), Recorded)


def test_nobody_waits_for_one_who_is_stopped_while_he_waits(
    base: Cast, nine: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    company, joined, stopped = together._company, Event(), Event()

    def stop(*_: Any) -> bool:
        company._lock.release()
        joined.wait(10)
        company._lock.acquire()
        raise SystemExit

    def first() -> None:
        with suppress(SystemExit), together.expected():
            together.record(acts[0])
        stopped.set()
        connection.close()

    def second() -> Answer:
        try:
            with together.expected():
                while company._forming is None:  # until the first has begun to wait
                    sleep(0.001)
                Timer(0.2, joined.set).start()
                return together.record(acts[1])
        finally:
            connection.close()

    acts = registrations(base, nine, 2)
    monkeypatch.setattr(company._complete, "wait_for", stop)
    with ThreadPoolExecutor(2) as pool, together.expected():  # one more is on the way, so that the first waits
        waiting = pool.submit(first)
        answer = pool.submit(second).result(20)
        waiting.result(20)
    assert stopped.is_set()
    assert isinstance(answer, Recorded)
    assert Order.objects.count() == 1


def test_a_refusal_is_his_alone_who_asked(base: Cast, nine: datetime, kept: Callable[[], set[str]]) -> None:
    closed = door.record(registrations(base, nine, 1)[0]).order
    door.record(Act("order.answered", base.actor("agent"), nine, {"told": TOLD}, order=closed))
    good = [replace(act, key=f"good-{n}") for n, act in enumerate(registrations(base, nine, 3))]
    bad = [
        Act("order.invalidated", base.actor("dispatcher"), nine, {"reason": REASON, "told": TOLD}, order=closed),
        Act("order.registered", base.actor("agent"), nine, request(title="")),
        Act("order.registered", base.actor("clerk@town"), nine, request()),
    ]
    acts = [good[0], bad[0], good[1], bad[1], good[2], bad[2]]
    alone = []
    for act in bad:
        with pytest.raises(Refused) as refused:
            door.record(act)
        alone.append(refused.value.problems)
    answers = send(acts, [keeping(str(n)) for n in range(6)])
    assert [answer.problems for answer in answers if isinstance(answer, Refused)] == alone
    assert [isinstance(answer, Recorded) for answer in answers] == [True, False] * 3
    assert kept() == {"0", "2", "4"}
    assert transactions()[-1] == 3
    assert list(verify()) == []


def test_the_same_request_twice_at_once_is_done_once(base: Cast, nine: datetime, kept: Callable[[], set[str]]) -> None:
    act, other = registrations(base, nine, 2)
    answers = send([act, act, other, act], [keeping(word) for word in "abcd"])
    assert sorted(answer.repeated for answer in answers if isinstance(answer, Recorded)) == [False, False, True, True]
    assert Order.objects.count() == 2
    assert len(kept()) == 2


def test_what_is_good_on_an_order_is_done_whoever_else_is_refused_there(base: Cast, nine: datetime) -> None:
    pk = door.record(registrations(base, nine, 1)[0]).order
    acts = [
        Act("order.supplemented", base.actor("agent"), nine, {"text": "补充：老人独居"}, order=pk),
        Act("order.invalidated", base.actor("agent"), nine, {"reason": REASON, "told": TOLD}, order=pk),
        Act("order.supplemented", base.actor("dispatcher"), nine, {"text": "补充：已停暖三天"}, order=pk),
        Act("order.answered", base.actor("clerk@town"), nine, {"told": TOLD}, order=pk),
    ]
    assert [type(answer).__name__ for answer in send(acts)] == ["Recorded", "Refused", "Recorded", "Refused"]
    assert [entry.number for entry in Entry.objects.filter(order=pk).order_by("number")] == [1, 2, 3]
    assert list(verify()) == []


def test_of_two_who_end_one_order_one_comes_too_late(base: Cast, nine: datetime) -> None:
    pk = door.record(registrations(base, nine, 1)[0]).order
    acts = [
        Act("order.answered", base.actor("agent"), nine, {"told": TOLD}, order=pk),
        Act("order.invalidated", base.actor("dispatcher"), nine, {"reason": REASON, "told": TOLD}, order=pk),
        *(replace(act, key=f"other-{n}") for n, act in enumerate(registrations(base, nine, 2))),
    ]
    answers = send(acts)
    assert sorted(type(answer).__name__ for answer in answers[:2]) == ["Recorded", "Refused"]
    assert all(isinstance(answer, Recorded) for answer in answers[2:])
    assert Entry.objects.filter(order=pk).count() == 2
    assert list(verify()) == []


@contextmanager
def held(act: Callable[[], Any]) -> Iterator[Callable[[], None]]:
    """Somebody else has done `act` and not committed it; yields what lets him commit."""
    done, go = Event(), Event()

    def hold() -> None:
        with transaction.atomic():
            act()
            done.set()
            go.wait(30)
        connection.close()

    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(hold)
        done.wait(10)
        yield go.set
        go.set()
        holding.result(10)


def test_who_must_wait_for_a_lock_waits_alone(base: Cast, nine: datetime) -> None:
    pk = door.record(registrations(base, nine, 1)[0]).order
    acts = [
        Act("order.supplemented", base.actor("agent"), nine, {"text": "补充：老人独居"}, order=pk),
        *(replace(act, key=f"other-{n}") for n, act in enumerate(registrations(base, nine, 3))),
    ]
    came: list[int] = []
    with held(lambda: Order.objects.select_for_update().get(pk=pk)) as release:

        def note(place: int) -> None:
            came.append(place)
            if len(came) == 3:  # all but one: the lock was still held
                release()

        answers = send(acts, done=note)
    assert all(isinstance(answer, Recorded) for answer in answers)
    assert came[-1] == 0


def test_a_race_is_lost_by_him_who_ran_it(base: Cast, nine: datetime) -> None:
    one, two = (door.record(act).order for act in registrations(base, nine, 2))
    taken = Act("order.supplemented", base.actor("agent"), nine, {"text": "补充：老人独居"}, order=one, key="once")
    others = [replace(act, key=f"other-{n}") for n, act in enumerate(registrations(base, nine, 2))]
    came: list[int] = []
    with held(lambda: door.record(taken)) as release:

        def note(place: int) -> None:
            came.append(place)
            if len(came) == 2:
                release()

        answers = send([replace(taken, order=two), *others], done=note)
    assert isinstance(answers[0], Refused)
    assert "已用于另一项操作" in str(answers[0])
    assert all(isinstance(answer, Recorded) for answer in answers[1:])
    assert came[-1] == 0
    assert list(verify()) == []


def test_a_fault_of_ours_is_his_whom_it_meets(base: Cast, nine: datetime) -> None:
    acts = registrations(base, nine, 3)
    answers = send(acts, [(), [("SELECT 1 / 0", [])], ()])
    assert [isinstance(answer, Recorded) for answer in answers] == [True, False, True]
    assert "division by zero" in str(answers[1])
    assert Order.objects.count() == 2
    assert list(verify()) == []


def test_a_connection_that_breaks_is_lost_by_him_alone(base: Cast, nine: datetime) -> None:
    acts = registrations(base, nine, 4)
    answers = send(acts, [(), (), [("SELECT pg_terminate_backend(pg_backend_pid())", [])], ()])
    lost = [place for place, answer in enumerate(answers) if not isinstance(answer, Recorded)]
    # Who did it for all may lose his own connection too.
    assert 2 in lost
    assert len(lost) <= 2
    assert {type(answers[place]) for place in lost} == {OperationalError}
    assert Order.objects.count() == 4 - len(lost)
    # Sent again, as a browser does, each is there once.
    assert all(isinstance(answer, Recorded) for answer in send(acts))
    assert Order.objects.count() == 4
    assert list(verify()) == []


@pytest.mark.parametrize(
    ("cause", "whether"),
    [
        (errors.AdminShutdown, True),
        (errors.CannotConnectNow, True),
        (errors.ConnectionFailure, True),
        # The server answered: nothing of it is there.
        (errors.QueryCanceled, False),
        (errors.LockNotAvailable, False),
    ],
)
def test_only_a_connection_that_broke_leaves_it_open_what_was_done(cause: type[Exception], whether: bool) -> None:
    error = OperationalError("as Django raises it")
    error.__cause__ = cause("as psycopg raises it")
    assert races.is_open(error) == whether


def test_what_was_committed_and_never_told_so_is_not_done_twice(
    base: Cast, nine: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = door.record_in_company

    def broken(*given: Any) -> list[Recorded | Refused]:
        done(*given)
        raise OperationalError("the connection broke before it was told")

    monkeypatch.setattr(door, "record_in_company", broken)
    acts = registrations(base, nine, 3)
    answers = send([*acts, replace(acts[0], key=None)])
    assert all(isinstance(answer, Recorded) and answer.repeated for answer in answers[:3])
    assert isinstance(answers[3], OperationalError), "without a key nobody can tell whether it was done"
    assert Order.objects.count() == 4
