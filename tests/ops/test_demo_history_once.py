"""The history before the demo's weeks: the same each time, played once, gone on with where it was cut off."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from click.testing import CliRunner
from tests.ops.test_demo_history import END, undone
from tests.ops.test_demo_queues import last

from lianxin.directory.models import Centre, DemoLoading
from lianxin.ledger.models import PART_BITS, Entry
from lianxin.ledger.verify import verify
from lianxin.ops.commands import demo
from lianxin.ops.simulation import history, show
from lianxin.ops.simulation.past import Past, shape
from lianxin.orders.models import Order

pytestmark = [pytest.mark.xdist_group("demo-history"), pytest.mark.django_db]
FEW = 0.01


@pytest.fixture(scope="module")
def now() -> datetime:
    return last(3, 10, 12)


@pytest.fixture(scope="module")
def house(django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
    """The centre without an order."""
    with django_db_blocker.unblock(), undone():
        yield show.raise_curtain("demo", shape()["centre"])


def ledger(centre: Centre) -> list[Any]:
    """What the book says, without the ids that the database gives and what is sealed anew each time."""
    numbers = dict(Order.objects.filter(centre=centre).values_list("pk", "number"))
    entries = Entry.objects.filter(order__centre=centre).order_by("order__number", "number")
    columns = ("order", "number", "action", "at", "recorded_at", "staff", "unit", "clock", "payload", "derived")
    texts = Order.objects.filter(centre=centre).order_by("number").values_list("number", "appeal__text", "state")
    return [*texts, *((numbers[line[0]], *map(_plain, line[1:])) for line in entries.values_list(*columns))]


def _plain(value: Any) -> Any:
    """Parts of an order by their place in it."""
    if isinstance(value, dict):
        return {_plain(int(name) if name.isdigit() else name): _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value % (1 << PART_BITS) if isinstance(value, int) else value


@pytest.fixture(scope="module")
def whole(house: Centre, now: datetime) -> list[Any]:
    """The book after a history that nothing disturbed."""
    with undone():
        history.play(house, now, FEW)
        return ledger(house)


def test_the_same_seed_gives_the_same_history(house: Centre, now: datetime, whole: list[Any]) -> None:
    with undone():
        history.play(house, now, FEW)
        assert ledger(house) == whole
    assert len(whole) > 900


def test_another_seed_gives_another(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    def asked() -> list[Any]:
        return [(s.registered, s.topic, s.area) for _, day in Past(END, FEW).stories() for s in day]

    first = asked()
    assert asked() == first
    monkeypatch.setitem(shape(), "seed", 1)  # type: ignore[arg-type]
    assert asked() != first


def killed(monkeypatch: pytest.MonkeyPatch) -> Callable[[], bool]:
    """The play ends in the middle of a day, some months on: the night's lapse is rung, what that laid is not done yet.
    The answer says whether it came so far."""
    record, seen = history.take, Counter[str]()

    def take(stage: Any, lines: Any, before: Any) -> None:
        seen["batches"] += 1
        if seen["batches"] > 100 and any(act.verb == "task.done" for act in before):
            seen["killed"] += 1
            raise KeyboardInterrupt
        record(stage, lines, before)

    monkeypatch.setattr(history, "take", take)
    return lambda: bool(seen["killed"])


def run(*options: str) -> Any:
    return CliRunner().invoke(demo.command, ["--history", *options])


def test_killed_halfway_it_goes_on_where_it_stopped_and_another_scale_is_refused(
    house: Centre, now: datetime, whole: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(show, "CODES", (house.code,))
    monkeypatch.setattr(demo._progress, "last", 0.0)
    with undone():
        loading = DemoLoading.objects.create(centre=house, planned_for=now, done=True)
        with monkeypatch.context() as murder:
            reached = killed(murder)
            assert run("--scale", str(FEW)).exit_code != 0
            assert reached()
        some = ledger(house)
        assert 0 < len(some) < len(whole) * 0.8

        refused = run("--scale", "1")
        assert refused.exit_code != 0
        assert f"历史数据已按 --scale {FEW:g} 开始载入，不能再按 --scale 1 载入" in refused.output
        assert ledger(house) == some

        told = run()
        assert told.exit_code == 0, told.output
        many = Past(history.begin(now, house.code), FEW).total
        assert f"{house.name}此前24个月：{many}/{many}" in told.output
        assert ledger(house) == whole
        loading.refresh_from_db()
        assert (loading.history_done, loading.history_scale) == (True, FEW)
        assert list(verify()) == []

        again = run("--scale", str(FEW))
        assert "此前24个月的历史已载入，不重复载入" in again.output
        assert ledger(house) == whole
        assert f"历史数据已按 --scale {FEW:g} 载入，不能再按 --scale 2 载入" in run("--scale", "2").output


def test_without_the_option_there_is_no_history(house: Centre, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(show, "CODES", (house.code,))
    with undone():
        DemoLoading.objects.create(centre=house, planned_for=now, done=True)
        assert CliRunner().invoke(demo.command, []).exit_code == 0
        assert ledger(house) == []
        refused = CliRunner().invoke(demo.command, ["--scale", "2"])
        assert refused.exit_code != 0
        assert "--scale 只与 --history 一起使用" in refused.output
