"""What of a period's draw was refused is drawn at the next run, and nothing is drawn twice (C32)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Event, Thread
from typing import Any

import pytest
from django.db import connection
from tests.cast import Cast, later, make_cast, request, shanghai
from tests.proceedings.language import taken
from tests.proceedings.stages import differences

from lianxin.duties import language_draws
from lianxin.ledger.acts import Act, Refused
from lianxin.ledger.door import Recorded, record_many
from lianxin.ledger.models import Entry
from lianxin.proceedings.models import Proceeding
from lianxin.rules import draws

pytestmark = pytest.mark.django_db
NOW = shanghai("2026-11-04 10:00")
Refusing = Callable[[Callable[[Act], bool] | None], None]


@pytest.fixture(autouse=True)
def fresh_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that has drawn nothing yet."""
    monkeypatch.setattr(language_draws, "_whole", {})


@pytest.fixture
def jinan(db: None) -> Cast:
    cast = make_cast("jinan", "jinan-cg")
    cast.post("agent2", "centre", "agent", "马坐席")
    return cast


@pytest.fixture
def refusing(monkeypatch: pytest.MonkeyPatch) -> Refusing:
    """Have the door refuse some of the acts of a batch."""

    def start(wrong: Callable[[Act], bool] | None) -> None:
        def some(acts: Sequence[Act], **more: Any) -> list[Recorded | Refused]:
            good = iter(record_many([act for act in acts if not (wrong and wrong(act))], **more))
            return [Refused("现在没有人可以负责") if wrong and wrong(act) else next(good) for act in acts]

        monkeypatch.setattr(language_draws, "record_many", some)

    return start


def of(cast: Cast, who: str) -> list[dict[str, Any]]:
    """What the records of this agent say of their draw, the oldest first."""
    first = Entry.objects.filter(number=1, proceeding__kind="language_check", proceeding__centre=cast.centre)
    mine = first.filter(payload__agent=cast.staff[who].pk).order_by("key")
    return list(mine.values_list("payload", flat=True))


def second(cast: Cast, number: int = 3) -> None:
    for n in range(number):
        cast.do("agent2", "order.registered", None, later(NOW, days=-6, minutes=n), **request())


def test_c32_what_was_refused_is_drawn_at_the_next_run_by_the_same_lot(jinan: Cast, refusing: Refusing) -> None:
    pool = taken(jinan, NOW, 9)
    second(jinan)
    others = jinan.staff["agent2"].pk
    refusing(lambda act: act.payload["title"].endswith("第1件") or act.payload["agent"] == others)  # type: ignore[index]
    assert language_draws.run(NOW) == 1
    (first,) = of(jinan, "agent")
    refusing(None)
    assert language_draws.run(later(NOW, minutes=5)) == 3, "the one that is missing, and two of whom none was there"
    mine = of(jinan, "agent")
    assert {said["seed"] for said in mine} == {first["seed"]}
    assert [said["numbers"][0] for said in mine] == list(draws.draw(pool, first["seed"], 2))
    assert len(of(jinan, "agent2")) == 2
    assert language_draws.run(later(NOW, minutes=10)) == 0
    assert Proceeding.objects.filter(kind="language_check").count() == 4
    assert differences() == []


def test_c32_what_is_refused_again_and_again_gives_nobody_another_draw(jinan: Cast, refusing: Refusing) -> None:
    """Who could have a record refused would else be drawn until it suits."""
    pool = taken(jinan, NOW, 9)
    refusing(lambda act: act.payload["title"].endswith("第2件"))  # type: ignore[index]
    for n in range(4):
        language_draws.run(later(NOW, minutes=5 * n))
    taken(jinan, NOW, 2)  # what is told late of that week
    refusing(None)
    assert language_draws.run(later(NOW, minutes=30)) == 1
    (one, two) = of(jinan, "agent")
    assert (one["seed"], tuple(one["pool"])) == (two["seed"], tuple(two["pool"]))
    assert [one["numbers"][0], two["numbers"][0]] == list(draws.draw(pool, one["seed"], 2))


def test_c32_what_was_drawn_whole_is_not_read_again(jinan: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    taken(jinan, NOW, 5)
    assert language_draws.run(NOW) == 2
    monkeypatch.setattr(language_draws, "_pools", None)
    assert language_draws.run(later(NOW, minutes=5)) == 0
    monkeypatch.undo()
    # Another process reads it once, and finds nothing to draw.
    monkeypatch.setattr(language_draws, "_whole", {})
    assert language_draws.run(later(NOW, minutes=10)) == 0


def test_c32_an_agent_who_has_left_meanwhile_is_drawn_no_more(jinan: Cast, refusing: Refusing) -> None:
    taken(jinan, NOW, 5)
    second(jinan)
    gone = jinan.staff["agent2"]
    refusing(lambda act: act.payload["agent"] == gone.pk)  # type: ignore[index]
    assert language_draws.run(NOW) == 2
    gone.is_active = False
    gone.save()
    refusing(None)
    assert language_draws.run(later(NOW, minutes=5)) == 0


@pytest.mark.django_db(transaction=True)
def test_c32_of_two_machines_the_second_finds_what_the_first_has_drawn(
    jinan: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken(jinan, NOW, 9)
    drawing, done = Event(), list[int]()
    pools: Any = language_draws._pools

    def slowly(*asked: Any) -> Any:
        found = pools(*asked)
        if not drawing.is_set():
            drawing.set()
            other.join(1)  # which comes while the lots are cast, and waits
        return found

    def again() -> None:
        try:
            drawing.wait(10)
            done.append(language_draws.run(later(NOW, minutes=1)))
        finally:
            connection.close()

    monkeypatch.setattr(language_draws, "_pools", slowly)
    other = Thread(target=again)
    other.start()
    assert language_draws.run(NOW) == 2
    other.join(10)
    assert done == [0]
    assert len({said["seed"] for said in of(jinan, "agent")}) == 1
