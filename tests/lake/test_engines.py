"""One figure on three engines: the book's PostgreSQL, DuckDB and Spark over the lake."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyspark
import pytest
from bench import plain_sql
from django.utils import timezone
from tests.cast import later, make_cast, request, shanghai
from tests.golden.test_write import play
from tests.orders.stages import reach

from lianxin.directory import snapshot
from lianxin.directory.models import Area, AreaCircle, Category, Centre
from lianxin.figures import on_spark
from lianxin.figures.count import (
    Measures,
    by_relation,
    columns_of,
    count,
    count_each,
    lines_of,
    order_ids,
    order_ids_by,
    proceeding_ids,
)
from lianxin.figures.engines import BOOK, Behind, Engine, together
from lianxin.figures.measures import COUNTED
from lianxin.figures.on_lake import OnLake, on_duckdb
from lianxin.figures.scope import Counting, Scope
from lianxin.lake import source, write
from lianxin.lake.store import Store
from lianxin.ledger.acts import Act
from lianxin.ledger.door import record
from lianxin.ledger.models import Task

# The lake is written over a connection of its own, which sees only what was committed.
# One Java at a time: it takes five seconds to begin, and a gigabyte.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("spark")]


#: By what each measure is grouped here, all at once, where its relation has that column.
GROUPS = {
    *("unit_id", "category_id", "area_id", "month", "day", "cls", "source", "channel", "urgency"),
    *("pack", "reason", "person", "item", "dispatcher", "inspector", "type", "level", "round", "excluded"),
}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.at(str(tmp_path / "lake"))


@pytest.fixture(scope="module")
def spark(java: None) -> Iterator[Any]:
    session = on_spark.begun()
    yield session
    session.stop()


def written(store: Store, until: str = "2028-01-01 00:00") -> None:
    """The lake, which says that it knows all until then: the lives of these tests reach beyond the day on which they
    are written."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(source.feed, "settled_before", lambda: shanghai(until))
        write.write(store, full=True)


def figures(scopes: Sequence[Scope], on: Engine) -> dict[str, Any]:
    """Every measure in each scope, by all columns of its relation that `GROUPS` names."""
    found: dict[str, Any] = {}
    for names in by_relation(list(COUNTED)).values():
        by = sorted(GROUPS & columns_of(names[0]))
        found["/".join(names)] = count_each(scopes, names, by, on=on)
    return found


def lives(nine: datetime) -> list[Scope]:
    """A life in which everything is done, a leap day, a week 53: the periods of them, as known then, in between, and as
    corrected later; and months in which what was registered before them was done."""
    play(nine)
    _arrivals(nine)
    _study(nine)
    for at in ("2024-02-29 23:30", "2024-03-01 00:10", "2026-12-31 23:50", "2027-01-03 23:59"):
        reach(make_cast(f"at-{at[:10]}", "jinan-cg"), "closed", shanghai(at))
    found = []
    for centre in Centre.objects.order_by("pk"):
        layer = snapshot.of(centre.pk).pack(nine).callback.assess_layer
        whole = Scope.of_days(centre.pk, date(2024, 1, 1), date(2027, 6, 30), layer)
        cut = replace(whole, cutoff=later(nine, hours=6))
        found += [whole, cut, replace(cut, known=later(nine, days=30), counting=Counting("first_reply"))]
    days = [(date(2024, 2, 29), date(2024, 2, 29)), (date(2024, 2, 26), date(2024, 3, 3))]
    days += [(date(2026, 12, 28), date(2027, 1, 3)), (date(2026, 11, 1), date(2026, 11, 30))]
    for centre in Centre.objects.filter(code__in=["base", *(f"at-{d}" for d in ("2024-02-29", "2026-12-31"))]):
        found += [replace(Scope.of_days(centre.pk, *each, "city"), counting=Counting("each_clock")) for each in days]
    # Of October, and all that was done for it in November.
    over = make_cast("over", "jinan-cg")
    reach(over, "closed", shanghai("2026-10-31 23:59"))
    layer = snapshot.of(over.centre.pk).pack(nine).callback.assess_layer
    found += [Scope.of_days(over.centre.pk, date(2026, month, 1), date(2026, month, 30), layer) for month in (10, 11)]
    base = Centre.objects.get(code="base").pk
    later_on = [(date(2026, month, 1), date(2026, month, 28)) for month in (9, 10, 12)]
    later_on += [(date(2027, month, 1), date(2027, month, 28)) for month in range(1, 6)]
    return [*found, *(Scope.of_days(base, *each, "city", shanghai("2027-07-01 00:00")) for each in later_on)]


def _arrivals(nine: datetime) -> None:
    """Somebody is there in time, proved by his position; another tells it too late."""
    cast = make_cast("there", "jinan-cg")
    area = Area.objects.get(centre=cast.centre)
    AreaCircle.objects.create(area=area, datum="wgs84", longitude=118.8, latitude=35.2, radius=2000)
    for minutes in (20, 90):
        order, at, there = cast.register(nine, area=area.pk, urgency="urgent"), later(nine, minutes=minutes), 20
        cast.dispatch(order, nine, "town")
        here = {"longitude": "118.8", "latitude": "35.2", "accuracy": 20, "taken_at": at}
        said = {"arrived_at": later(nine, minutes=there), "position": here}
        cast.do("clerk@town", "share.arrived", order.pk, at, **said)


def _study(nine: datetime) -> None:
    """A difficult order is studied in time, another not at all."""
    cast = make_cast("hard", "junan-2021")
    for done in (True, False):
        order, at = reach(cast, "signed", nine)
        cast.do("supervisor", "order.labelled", order.pk, at, label="difficult", reason="多次反映，难以办理。")
        if done:
            task = Task.objects.get(order=order, kind="study")
            said = {"task": task.pk, "elements": ["已组织研判，情况清楚。", "提前介入办理。"], "outcome": "own"}
            cast.do("hotline_deputy@town", "task.done", order.pk, later(at, minutes=5), **said)


def test_every_figure_is_the_same_on_the_book_and_on_the_lake(nine: datetime, store: Store, spark: Any) -> None:
    scopes = lives(nine)
    written(store)
    book = figures(scopes, BOOK)
    counted = {
        name for names in by_relation(list(COUNTED)).values() for name in names
        if any(group[name] for each in book["/".join(names)] for group in each.values())
    }  # fmt: skip
    assert COUNTED.keys() - counted == set(), "a measure of which nothing is counted shows nothing"
    _as_by_hand([scope for scope in scopes if scope.known is None and scope.counting == Counting()])
    with on_duckdb(store) as lake:
        assert figures(scopes, lake) == book
        lake.at_once = 1
        assert figures(scopes, lake) == book, "each month by itself"
    with on_spark.on_spark(store, spark) as cluster:
        for turn, (names, found) in enumerate(book.items()):
            # Spark takes half a second to think about a statement: of each relation the scopes that show most, and one
            # of the others by turns.
            most = sorted(range(len(scopes)), key=lambda n: -sum(map(any_counted, found[n].values())))[:2]
            few = [*most, len(scopes) - 1 - turn % len(scopes)]
            by = sorted(GROUPS & columns_of(names.split("/")[0]))
            on_them = count_each([scopes[n] for n in few], names.split("/"), by, on=cluster)
            assert on_them == [found[n] for n in few], names


def _as_by_hand(scopes: Sequence[Scope]) -> None:
    """The ruler counts what SQL counts that was written without it."""
    for measure, (column, _) in plain_sql.SELECTS.items():
        seen = 0
        for scope in scopes:
            groups = count(scope, [measure], [column] if column else [])
            found = {(group[0] if group else None): each[measure] for group, each in groups.items() if each[measure]}
            assert found == plain_sql.counted(scope, measure), (measure, scope)
            seen += len(found)
        assert seen, measure


def any_counted(measures: Measures) -> bool:
    return any(measures.values())


def test_the_orders_behind_a_number_are_the_same_and_of_several_values(
    nine: datetime, store: Store, spark: Any
) -> None:
    cast = make_cast("jinan", "jinan-cg")
    orders = [reach(cast, stage, nine)[0] for stage in ("registered", "signed", "closed")]
    dispatched = cast.register(nine)
    cast.dispatch(dispatched, nine, "heat", "bureau")
    # A text with the characters by which engines tell names, texts and placeholders apart.
    odd = Category.objects.create(centre=cast.centre, code="x", name="\"'`:start_0 $end_0 %(centre_0)s", position=9)
    cast.do("dispatcher", "order.corrected", orders[0].pk, later(nine, hours=1), category=odd.pk)
    written(store)
    scope = Scope.of_days(cast.centre.pk, date(2026, 11, 1), date(2026, 11, 30), "city")
    units = [cast.units[name].pk for name in ("heat", "bureau")]

    def asked(on: Engine) -> list[Any]:
        return [
            order_ids(scope, "accepted", on=on),
            order_ids(scope, "accepted", limit=1, on=on),
            order_ids(scope, "handled", {"unit_id": units}, on=on),
            order_ids(scope, "handled", {"unit_id": [*units, None], "cls": ["help", "o'clock"]}, on=on),
            order_ids(scope, "handled", {"unit_id": []}, on=on),
            order_ids(scope, "handled", {"day": [date(2026, 11, 18)], "month": [202611, 1 << 40]}, on=on),
            order_ids(scope, "handled", {"category_id": [odd.pk]}, on=on),
            order_ids_by(scope, "accepted", "category_id", on=on),
            sorted(lines_of(scope, "accepted", ("order_id", "day", "month"), [dispatched.pk, 1 << 60], on=on)),
            proceeding_ids(scope, "inspected", on=on),
            count(scope, ["handled", "on_time_closed"], ["unit_id"], {"unit_id": units[:1]}, on=on),
        ]

    book = asked(BOOK)
    assert book[0] == [order.pk for order in [*orders, dispatched]]
    assert book[2:5] == [[dispatched.pk], [dispatched.pk], []]
    assert dispatched.pk in book[5]
    assert book[7][odd.pk] == {orders[0].pk}
    assert [type(value) for value in book[8][0]] == [int, date, int]
    assert book[8] == [(dispatched.pk, date(2026, 11, 18), 202611)]
    with on_duckdb(store) as lake:
        assert asked(lake) == book
        lake.at_once = 1
        assert asked(lake) == book
    with on_spark.on_spark(store, spark) as cluster:
        assert asked(cluster) == book


def test_what_the_lake_does_not_know_yet_is_refused_and_never_counted_short(nine: datetime, store: Store) -> None:
    cast = make_cast("jinan", "jinan-cg")
    reach(cast, "signed", nine)
    written(store, "2026-11-26 12:05")
    scope = Scope.of_days(cast.centre.pk, date(2026, 11, 1), date(2026, 11, 30), "city", shanghai("2026-11-26 12:00"))
    with on_duckdb(store) as lake:
        # A little before the instant up to which it has what was written: another clock says when an act was recorded.
        assert lake.title == "数据湖（DuckDB，第 1 份清单，截至 2026年11月26日12:00）"
        assert count(scope, ["accepted"], on=lake) == {(): {"accepted": 1}}
        second = shanghai("2026-11-26 12:00:01")
        for beyond in (replace(scope, cutoff=second), replace(scope, known=second)):
            with pytest.raises(Behind, match="的数据截至 2026年11月26日12:00，算不出截至"):
                count(beyond, ["accepted"], on=lake)
            with pytest.raises(Behind):
                order_ids(beyond, "accepted", on=lake)
            assert count(beyond, ["accepted"]) == {(): {"accepted": 1}}, "the book always knows"
        with pytest.raises(Behind, match="还没有这个中心"):
            count(replace(scope, centre=1 << 40), ["accepted"], on=lake)
        other = make_cast("other", "jinan-cg")
        # What is recorded now is beyond the cut-off; what is recorded for the past is not.
        scope, now = replace(scope, cutoff=shanghai("2026-11-26 09:00")), timezone.now()
        record(Act("order.registered", cast.actor("agent"), now, request()))
        assert count(scope, ["accepted"], on=lake) == count(scope, ["accepted"])
        other.register(nine)
        assert count(scope, ["accepted"], on=lake) == count(scope, ["accepted"]), "another centre's past"
        cast.register(nine)
        with pytest.raises(Behind, match="补录"):
            count(scope, ["accepted"], on=lake)
    written(store, "2026-11-26 12:05")
    with on_duckdb(store) as lake:
        assert count(scope, ["accepted"], on=lake) == count(scope, ["accepted"]) == {(): {"accepted": 2}}


def test_a_centre_that_is_called_otherwise_keeps_its_months(nine: datetime, store: Store) -> None:
    cast = make_cast("jinan", "jinan-cg")
    reach(cast, "signed", shanghai("2026-07-15 09:00"))
    write.write(store)
    Centre.objects.filter(pk=cast.centre.pk).update(code="renamed")
    reach(cast, "signed", nine)
    write.write(store)
    scope = Scope.of_days(cast.centre.pk, date(2026, 7, 1), date(2026, 11, 27), "city")
    with on_duckdb(store) as lake:
        assert count(scope, ["accepted"], ["month"], on=lake) == count(scope, ["accepted"], ["month"])
        assert len(count(scope, ["accepted"], ["month"], on=lake)) == 2


def test_the_book_is_asked_once_and_no_file_of_a_table_that_is_not_named_is_opened(
    nine: datetime, store: Store, django_assert_num_queries: Any
) -> None:
    casts = [make_cast(code, "jinan-cg") for code in ("one", "two")]
    for cast in casts:
        reach(cast, "signed", nine)
    write.write(store)
    scopes = [Scope.of_days(cast.centre.pk, date(2026, 11, 1), date(2026, 11, 27), "city") for cast in casts]
    with on_duckdb(store) as lake:
        ran = _spied(lake)
        with django_assert_num_queries(1):
            count_each(scopes, ["accepted", "dispatched", "reopened"], on=lake)
        opened = {(table, centre) for table, centre, _ in _files(ran) if table != "directory_centre"}
        tables = {"orders_order", "orders_facts", "ledger_stay"}
        assert opened == {(table, f"c-{cast.centre.pk}") for cast in casts for table in tables}


def _spied(lake: OnLake) -> list[str]:
    """The statements that run on it from now on."""
    ran, real = list[str](), lake.runs
    lake.runs = lambda statements, values: (ran.extend(statements), real(statements, values))[1]
    return ran


def _files(ran: Sequence[str]) -> set[tuple[str, str, str]]:
    """Of which tables, centres and months statements read files."""
    return set(re.findall(r"/data/(\w+)/(?:(c-\d+)/(m-[\d-]+)/)?\d", " ".join(ran)))


def test_a_period_opens_the_months_in_which_something_may_have_been_seen_by_it(nine: datetime, store: Store) -> None:
    cast = make_cast("jinan", "jinan-cg")
    for at in ("2026-05-15 09:00", "2026-07-15 09:00", "2026-11-20 09:00"):
        reach(cast, "closed", shanghai(at))
    # Of July, and dispatched in November.
    late = cast.register(shanghai("2026-07-20 09:00"))
    cast.dispatch(late, nine, "town")
    write.write(store)
    july, november = "m-2026-07", "m-2026-11"
    opened = {
        (11, "accepted"): {november},
        (11, "handled"): {july, november},
        # What was given of July's orders reaches from July to November.
        (8, "accepted"): set[str](),
        (8, "handled"): {july},
        (6, "accepted"): set[str](),
        (6, "handled"): set[str](),
    }
    with on_duckdb(store) as lake:
        ran = _spied(lake)
        for (month, name), months in opened.items():
            ran.clear()
            scope = Scope.of_days(cast.centre.pk, date(2026, month, 1), date(2026, month, 27), "city")
            assert count(scope, [name], ["day"], on=lake) == count(scope, [name], ["day"])
            assert {place for *_, place in _files(ran) if place} == months, (month, name)
            assert order_ids(scope, name, on=lake) == order_ids(scope, name)
            assert (late.pk in order_ids(scope, name)) == ((month, name) == (11, "handled"))


def test_a_centre_s_statement_reads_its_own_files_and_several_are_one_statement(
    nine: datetime, store: Store, spark: Any
) -> None:
    scopes, places = [], []
    for code, number in (("one", 1), ("two", 2), ("three", 3)):
        cast = make_cast(code, "jinan-cg")
        for _ in range(number):
            reach(cast, "signed", nine)
        places.append(f"c-{cast.centre.pk}")
        scopes.append(Scope.of_days(cast.centre.pk, date(2026, 11, 1), date(2026, 11, 30), "city"))
    # Each by its own pack: this one counts those that assist alone.
    scopes[1] = replace(scopes[1], counting=Counting(handled_roles=("assist",)))
    written(store)
    with on_spark.on_spark(store, spark) as cluster:
        ran: list[set[str]] = []
        real = cluster.runs

        def counted(statements: Sequence[str], values: Any) -> Any:
            frame = spark.sql(together(statements), args=dict(values))
            ran.append({Path(file).parts[-3] for file in frame.inputFiles() if "/orders_share/" in file})
            return real(statements, values)

        cluster.runs = counted
        found = count_each(scopes[:2], ["accepted", "handled", "on_time_closed"], on=cluster)
        assert [each[()]["accepted"] for each in found] == [1, 2]
        assert [each[()]["handled"] for each in found] == [1, 0]
        assert found == count_each(scopes[:2], [*found[0][()]])
    assert len(ran) == 1 + len(by_relation([*found[0][()]])), "which centres there are, and one statement a relation"
    assert ran[-1] == {*places[:2]}


@pytest.fixture
def cluster(java: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A server of Spark Connect, as `SPARK_REMOTE` names one."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = [str(Path(pyspark.__file__).parent / "bin" / "spark-submit"), "--master", "local[1]"]
    words += ["--conf", f"spark.connect.grpc.binding.port={port}", "--conf", "spark.ui.enabled=false"]
    words += ["--class", "org.apache.spark.sql.connect.service.SparkConnectServer", "spark-internal"]
    # In a group of its own: the script begins Java, which must end too.
    with (
        (tmp_path / "server.log").open("w") as log,
        subprocess.Popen(words, stdout=log, stderr=log, cwd=tmp_path, start_new_session=True) as server,
    ):
        try:
            _wait_for(port)
            monkeypatch.setenv("SPARK_REMOTE", f"sc://127.0.0.1:{port}")
            # PySpark puts it there, and from then on knows no other sessions in that process.
            monkeypatch.setenv("SPARK_CONNECT_MODE_ENABLED", "1")
            yield
        finally:
            os.killpg(server.pid, signal.SIGKILL)


def _wait_for(port: int) -> None:
    for _ in range(600):
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("Spark Connect did not start")


def test_a_cluster_counts_the_same(nine: datetime, store: Store, cluster: None) -> None:
    cast = make_cast("jinan", "jinan-cg")
    order, _ = reach(cast, "closed", nine)
    written(store)
    scope = Scope.of_days(cast.centre.pk, date(2026, 11, 1), date(2026, 11, 30), "city")
    asked = (scope, ["accepted", "handled", "on_time_closed"], ["month", "category_id"])
    with on_spark.on_spark(store) as far:
        assert count(*asked, on=far) == count(*asked)
        assert order_ids(scope, "handled", {"unit_id": [cast.units["town"].pk, 1 << 40]}, on=far) == [order.pk]
