"""The lake has what the book has, whatever was done since it was written last, and no word of a person."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections import Counter
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner
from django.db import connection
from pyarrow import parquet
from tests.cast import Cast, later, make_cast, shanghai
from tests.golden.test_write import play
from tests.orders.stages import reach
from tests.proceedings import inspecting
from tests.proceedings.stages import do

from lianxin.lake import check, duck, manifest, nightly, reading, source, tables, write
from lianxin.lake.duck import connected, scanning
from lianxin.lake.manifest import Broken, Manifest
from lianxin.lake.store import Store
from lianxin.ledger import door
from lianxin.ledger.models import Entry
from lianxin.ledger.models.parts import PART_BITS
from lianxin.ops import jobs, places
from lianxin.ops.commands import lake as command
from lianxin.orders.models import Order
from lianxin.proceedings.models import Proceeding
from lianxin.rules.worktime import SHANGHAI

# The lake is written over a connection of its own, which sees only what was committed.
pytestmark = pytest.mark.django_db(transaction=True)
SUMMER, AUTUMN = shanghai("2026-07-15 09:00"), shanghai("2026-10-20 09:00")
MARK, NUMBER = "麒麟凤凰", "13911223344"


@pytest.fixture
def cast() -> Cast:
    return make_cast("jinan", "jinan-cg")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.at(str(tmp_path / "lake"))


def same(store: Store) -> Manifest:
    """The lake is the book, row by row; its manifest."""
    found = check.check(store)
    assert found.broken == ()
    assert found.differences == ()
    assert found.book == found.lake > 0
    return found.manifest


def rows(store: Store, table: str) -> list[tuple[Any, ...]]:
    """A table of the lake as it stands, by id."""
    (mine,) = (each for each in tables.TABLES if each.name == table)
    with manifest.reading(store) as there, connected() as duck:
        found = duck.execute(f"SELECT * FROM ({reading.rows(mine, there, scanning(duck, store))}) ORDER BY id")
        return found.fetchall()


def names(there: Manifest, month: str = "") -> set[str]:
    return {file.name for file in there.files if month in file.part.month}


def urge(cast: Cast, order: Order, at: datetime) -> None:
    """Something is written in its ledger."""
    cast.do("supervisor", "order.urged", order.pk, at, by="centre", text="请说明办到哪一步、何时办结。")


@pytest.mark.parametrize(("few", "streams"), [(1000, 2), (0, 2), (0, 3), (0, 1)])
def test_the_lake_is_the_book_row_by_row(
    cast: Cast, store: Store, monkeypatch: pytest.MonkeyPatch, few: int, streams: int
) -> None:
    monkeypatch.setattr(source, "FEW", few)
    monkeypatch.setattr(source, "STREAMS", streams)
    reach(cast, "closed", SUMMER)
    inspecting.lives(cast, AUTUMN)
    made = write.write(store)
    assert {file.part.month for file in made.files} == {"", "m-2026-07", "m-2026-10"}
    same(store)
    found = {row[0]: row for row in rows(store, "orders_order")}
    assert found.keys() == set(Order.objects.values_list("pk", flat=True))
    assert len(rows(store, "ledger_entry")) == Entry.objects.count()


def test_what_is_new_is_brought_and_only_the_months_that_it_touches(cast: Cast, store: Store) -> None:
    old, new = reach(cast, "signed", SUMMER)[0], reach(cast, "closed", AUTUMN)[0]
    first = write.write(store)
    # Nothing new, no new file.
    assert names(write.write(store)) == names(first)
    urge(cast, old, later(AUTUMN, days=1))
    second = write.write(store)
    assert names(first) < names(second)
    assert names(second, "2026-10") == names(first, "2026-10"), "what was not touched is not written again"
    same(store)
    cast.do("supervisor", "order.reopened", new.pk, later(AUTUMN, days=2), reason="诉求人反映问题没有解决。")
    reach(cast, "signed", later(AUTUMN, days=20))
    write.write(store)
    assert {file.part.month for file in same(store).files} == {"", "m-2026-07", "m-2026-10", "m-2026-11"}


def test_whatever_is_done_the_increments_come_to_the_book(
    nine: datetime, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each thing that can be done, and an increment again and again in between: no act changes a row unseen."""
    real, done = door.record_many, Counter[str]()

    def counted(*args: Any, **more: Any) -> Any:
        found = real(*args, **more)
        done["acts"] += 1
        if done["acts"] % 40 == 0 and not connection.in_atomic_block:
            write.write(store)
            done["writes"] += 1
        return found

    monkeypatch.setattr(door, "record_many", counted)
    play(nine)
    # Of December in Shanghai, of November in Greenwich.
    reach(make_cast("edge", "jinan-cg"), "signed", shanghai("2026-12-01 00:10"))
    write.write(store)
    same(store)
    assert done["writes"] > 10
    in_their_months(store)
    write.write(store, full=True)
    in_their_months(store)


def in_their_months(store: Store) -> None:
    """Each row lies with its root's centre and month."""
    roots = {root.pk: root for kind in (Order, Proceeding) for root in kind.objects.all()}
    seen = set()
    for file in manifest.current(store).files:  # type: ignore[union-attr]
        table = tables.BY_NAME[file.part.table]
        if table.sort == "directory":
            continue
        for pk in parquet.read_table(store.path(file.name), columns=["id"]).column(0).to_pylist():
            root = roots[pk if table.sort == "root" else pk >> PART_BITS]
            month = root.registered_at.astimezone(SHANGHAI)
            assert (file.part.centre, file.part.month) == (f"c-{root.centre_id}", f"m-{month:%Y-%m}")
            seen.add((file.part.centre, file.part.month))
    assert len(seen) > 3


def test_a_file_says_from_when_to_when_its_instants_reach(cast: Cast, store: Store) -> None:
    reach(cast, "registered", SUMMER)
    reach(cast, "closed", AUTUMN)
    write.write(store)
    for file in manifest.current(store).files:  # type: ignore[union-attr]
        seen = tables.BY_NAME[file.part.table].seen
        assert file.spans.keys() == set(seen)
        for column in seen:
            found = parquet.read_table(store.path(file.name), columns=[column]).column(0).drop_null().to_pylist()
            span = [min(found), max(found)] if found else None
            assert span == (file.spans[column] and [datetime.fromisoformat(at) for at in file.spans[column]])
            if span:
                first, last = span
                assert file.may_hold(column, last, later(last, days=1)), "the first instant of a period counts"
                assert not file.may_hold(column, SUMMER, first), "and its end does not"
                assert not file.may_hold(column, later(last, minutes=1), later(last, days=1))
            else:
                assert not file.may_hold(column, SUMMER, later(AUTUMN, days=900))
    assert replace(file, spans={}).may_hold("at", SUMMER, AUTUMN), "what is not known may be anything"
    undispatched = [file for file in manifest.current(store).files if file.spans.get("dispatched_at", ()) is None]  # type: ignore[union-attr]
    assert {file.part.month for file in undispatched} == {"m-2026-07"}


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a thread has no priority of its own")
def test_a_writer_takes_what_time_others_leave(cast: Cast, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    reach(cast, "signed", SUMMER)
    seen: dict[str, int] = {}
    real = source.Book.rows

    def rows(book: source.Book, table: tables.LakeTable, since: source.Since | None) -> Any:
        for n, cursor in enumerate(book.cursors):
            cursor.execute("SELECT pg_backend_pid()")
            seen[f"server {n}"] = os.getpriority(os.PRIO_PROCESS, cursor.fetchone()[0])
        seen["writer"] = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
        return real(book, table, since)

    monkeypatch.setattr(source.Book, "rows", rows)
    mine = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    write.write(store)
    assert seen == {"server 0": source.LAST, "server 1": source.LAST, "writer": source.LAST}
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == mine < source.LAST
    # A number that another machine gave its process is somebody else's here.
    monkeypatch.setitem(connection.settings_dict, "HOST", "db.example")
    with subprocess.Popen(["sleep", "60"]) as other:
        cursor = SimpleNamespace(execute=lambda _: None, fetchone=lambda: (other.pid,))
        source._gives_way(cursor)
        monkeypatch.setitem(connection.settings_dict, "HOST", "/var/run")
        source._gives_way(cursor)
        assert os.getpriority(os.PRIO_PROCESS, other.pid) == mine
        other.kill()


def test_a_process_keeps_how_the_files_of_one_lake_are_built(cast: Cast, store: Store, tmp_path: Path) -> None:
    with duck.kept(store) as first:
        first.execute("CREATE TABLE mark AS SELECT 1 AS n")
    with duck.kept(store) as second, duck.kept(Store.at(str(tmp_path / "other"))) as other:
        assert second.execute("FROM mark").fetchall() == [(1,)]
        assert other.execute("SHOW TABLES").fetchall() == []
        assert second.execute("FROM mark").fetchall() == [(1,)], "who still reads has his own hold"
    with duck.kept(store) as third:
        assert third.execute("SHOW TABLES").fetchall() == []
        assert third.execute("SELECT current_setting('TimeZone')").fetchall() == [("UTC",)]


def test_a_correction_counts_and_what_was_known_before_stays(cast: Cast, store: Store) -> None:
    order = reach(cast, "registered", SUMMER)[0]
    write.write(store)
    (before,) = rows(store, "orders_facts")
    cast.do("dispatcher", "order.corrected", order.pk, later(SUMMER, hours=1), urgency="urgent")
    write.write(store)
    one, two = rows(store, "orders_facts")
    assert one[: len(before) - 1] == before[: len(before) - 1], "only until when it was known has changed"
    assert (before[-1], one[-1] is not None, two[-1]) == (None, True, None)
    same(store)


def test_a_month_that_was_brought_often_is_one_file_again(cast: Cast, store: Store, monkeypatch: Any) -> None:
    monkeypatch.setattr(write, "MOST_DELTAS", 3)
    order = reach(cast, "signed", SUMMER)[0]
    other = reach(cast, "signed", AUTUMN)[0]
    write.write(store)
    for n in range(5):
        urge(cast, (order, other)[n == 4], later(AUTUMN, hours=n + 1))
        made = write.write(store)
        writes = {file.write for file in made.files if file.part.month == "m-2026-07"}
        assert len(writes) == (n + 2 if n < 2 else n - 1 if n < 4 else 2), n
        same(store)
    assert len(rows(store, "orders_order")) == 2


def test_nothing_of_a_person_is_in_it(cast: Cast, store: Store) -> None:
    words = {"title": f"{MARK}小区停水", "text": f"{MARK}反映家中停水。", "address": f"{MARK}路1号"}
    caller = {"name": MARK, "phone": NUMBER}
    order = cast.register(SUMMER, **words, requests=[f"{MARK}恢复供水"], caller=caller, told=f"已告知{MARK}。")
    shares = [{"unit": cast.units["town"].pk, "role": "lead"}]
    basis = {"basis": "law", "basis_text": f"{MARK}条例"}
    cast.dispatch(order, SUMMER, shares=shares, **basis)
    at = later(SUMMER, hours=1)
    cast.do("clerk@town", "share.signed", order.pk, at)
    cast.do("clerk@town", "share.contacted", order.pk, at, text=f"已联系{MARK}本人。")
    reply = {"measures": f"{MARK}抢修", "progress": "已完成", "result": f"{MARK}已恢复", "answers": [f"{MARK}已办"]}
    cast.do("clerk@town", "share.replied", order.pk, at, **reply)
    cast.do("hotline_deputy@town", "share.unit_audited", order.pk, at, approved=True)
    cast.do("auditor", "share.passed", order.pk, at)
    cast.do("callback", "callback.recorded", order.pk, at, words=f"{MARK}没有意见。")
    inspecting.teams(cast)
    root = inspecting.begin(cast, at, title=f"{MARK}督查", text=f"{MARK}的情况。")
    do(cast, "clerk@team", "inspection.withdrawn", root, later(at, hours=1), reason=f"{MARK}立项有误。")
    made = write.write(store)
    assert made.files
    for file in made.files:
        for column in parquet.read_table(store.path(file.name)).columns:
            said = " ".join(str(value) for value in column.to_pylist())
            assert MARK not in said, file.part
            assert NUMBER not in said, file.part
            assert NUMBER[-4:] not in said or file.part.table != "ledger_entry", file.part


# --- whoever is killed -----------------------------------------------------------------------------
class Killed(BaseException):
    """As SIGKILL ends it: nothing is caught."""


def test_whoever_is_killed_leaves_the_old_lake_or_the_new_one(
    cast: Cast, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = reach(cast, "signed", SUMMER)[0]
    old = write.write(store)
    urge(cast, order, later(SUMMER, days=1))
    steps = iter(range(1000))

    def counted(does: Any, dies_at: int) -> Any:
        def step(*args: Any, **more: Any) -> Any:
            if next(steps) == dies_at:
                raise Killed
            return does(*args, **more)

        return step

    real = {name: getattr(Store, name) for name in ("take", "put", "drop")}
    for dies_at in range(200):
        steps = iter(range(1000))
        with monkeypatch.context() as patch:
            for name, does in real.items():
                patch.setattr(Store, name, counted(does, dies_at))
            try:
                write.write(store)
            except Killed:
                there = manifest.current(store)
                assert there is not None
                assert there.number == old.number or there.until > old.until
                assert all(Path(store.path(file.name)).exists() for file in there.files)
                continue
        break
    assert dies_at > 10, "it was killed at each of its steps"
    write.write(store)
    same(store)
    kept = {manifest.POINTER, manifest.current(store).name, *names(manifest.current(store))}  # type: ignore[union-attr]
    assert {name for folder in ("data", "manifests") for name in store.names(folder)} | {manifest.POINTER} == kept


def test_what_somebody_reads_stays_until_he_has_done(cast: Cast, store: Store, monkeypatch: Any) -> None:
    monkeypatch.setattr(write, "MOST_DELTAS", 1)
    order = reach(cast, "signed", SUMMER)[0]
    write.write(store)
    with manifest.reading(store) as there:
        for n in range(3):
            urge(cast, order, later(SUMMER, days=n + 1))
            write.write(store)
        assert all(Path(store.path(file.name)).exists() for file in there.files)
    urge(cast, order, later(SUMMER, days=9))
    write.write(store)
    assert not any(Path(store.path(name)).exists() for name in names(there, "2026-07"))


# --- what is wrong with it is said -----------------------------------------------------------------
def test_a_difference_is_named(cast: Cast, store: Store) -> None:
    order = reach(cast, "signed", SUMMER)[0]
    write.write(store)
    # Past the door, as only a database's owner could.
    with connection.cursor() as cursor:
        cursor.execute("UPDATE orders_order SET urges = urges + 7 WHERE id = %s", [order.pk])
    (difference,) = check.check(store).differences
    assert (difference.table, difference.centre, difference.month) == (
        "orders_order",
        f"c-{cast.centre.pk}",
        "m-2026-07",
    )
    assert (difference.book, difference.lake, difference.rows) == (1, 1, ((order.pk, "内容不同"),))
    assert not same(rewritten(store)).again


def rewritten(store: Store) -> Store:
    write.write(store, full=True)
    return store


def test_a_file_that_was_changed_or_is_gone_is_named(cast: Cast, store: Store) -> None:
    reach(cast, "signed", SUMMER)
    made = write.write(store)
    first, second = sorted(names(made))[:2]
    Path(store.path(first)).write_bytes(b"PAR1")
    Path(store.path(second)).unlink()
    assert {*check.check(store).broken} == {f"{first}：与清单登记的摘要不符", f"{second}：不在了"}
    Path(store.path(made.name)).write_bytes(b"{}")
    with pytest.raises(Broken, match="摘要不符"):
        check.check(store)


def test_a_book_that_was_restored_to_an_earlier_day_is_not_built_upon(cast: Cast, store: Store) -> None:
    order = reach(cast, "signed", SUMMER)[0]
    urge(cast, order, later(SUMMER, days=1))
    write.write(store)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("DELETE FROM ledger_entry WHERE id = (SELECT max(id) FROM ledger_entry)")
        cursor.execute("SET session_replication_role = origin")
    there = manifest.current(store)
    with pytest.raises(Broken, match="恢复过备份"):
        write.write(store)
    assert manifest.current(store) == there
    done = CliRunner().invoke(command.command, ["write", "--to", store.base])
    assert (done.exit_code, "恢复过备份" in done.output) == (1, True)
    same(rewritten(store))


def test_after_an_upgrade_with_other_columns_it_is_written_anew_and_not_read_before(cast: Cast, store: Store) -> None:
    reach(cast, "signed", SUMMER)
    old = write.write(store)
    manifest.switch(store, replace(old, number=2, shape="of the version before"))
    with pytest.raises(Broken, match="另一版本"):
        same(store)
    assert all(file.write == 3 for file in write.write(store).files if file.part.month)
    assert same(store).shape == tables.shape()


def test_without_a_lake_it_says_so(cast: Cast, store: Store) -> None:
    with pytest.raises(LookupError, match="lianxin lake write"):
        check.check(store)
    with pytest.raises(ValueError, match="读不懂") as told:
        Store.at("nowhere://user:my-own-key@bucket")
    assert "my-own-key" not in str(told.value)


def test_what_a_table_names_are_columns_of_its_model() -> None:
    for each in tables.TABLES:
        columns = {str(field.column) for field in each.model._meta.concrete_fields}
        assert {*each.codes, *each.without} <= columns, each.name


# --- acts that are written meanwhile ---------------------------------------------------------------
def test_an_act_that_is_still_being_written_is_brought_by_the_next_write_and_none_twice(
    cast: Cast, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The moment of the lake lies after the instant up to which it knows all: what lies between is there already."""
    order = reach(cast, "signed", SUMMER)[0]
    before: datetime = source.feed.settled_before()
    urge(cast, order, later(SUMMER, days=1))
    with monkeypatch.context() as patch:
        patch.setattr(source.feed, "settled_before", lambda: before)
        made = write.write(store)
    assert made.until == before
    assert made.again == (Entry.objects.order_by("-pk")[0].pk,)
    urge(cast, order, later(SUMMER, days=2))
    write.write(store)
    found = [row[0] for row in rows(store, "ledger_entry")]
    assert len(found) == len(set(found)) == Entry.objects.count()
    same(store)


# --- every night -----------------------------------------------------------------------------------
def test_once_a_night_it_is_brought_up_where_there_is_one(
    cast: Cast, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = reach(cast, "signed", SUMMER)[0]
    address, morning = store.base, shanghai("2026-11-27 01:59")
    assert not nightly.run(address, morning), "nobody has made one"
    write.write(store)  # at ten in the morning of the 26th
    urge(cast, order, AUTUMN)
    assert not nightly.run(address, morning), "the night has not begun"
    assert nightly.run(address, shanghai("2026-11-27 02:00"))
    same(store)
    monkeypatch.setattr(places, "LAKE", address)
    urge(cast, order, later(AUTUMN, days=1))
    moment = manifest.current(store).number  # type: ignore[union-attr]
    jobs.bring_lake(timestamp=0)
    assert manifest.current(store).number == moment, "it was written since"  # type: ignore[union-attr]


def test_the_command_writes_checks_and_lists(cast: Cast, store: Store) -> None:
    order = reach(cast, "closed", SUMMER)[0]

    def said(*words: str, code: int = 0) -> str:
        done = CliRunner().invoke(command.command, [*words, "--to", store.base])
        assert done.exit_code == code, done.output
        return done.output

    assert "请先写入" in said("list", code=1)
    assert "请先写入" in said("check", code=1)
    assert "已写入" in said("write")
    assert "逐行相同" in said("check")
    listed = said("list")
    assert re.search(r"orders_order\s+jinan\s+2026-07 至 2026-07\s+1 行", listed)
    assert re.search(r"directory_unit\s+各中心\s+名录", listed)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE orders_order SET urges = urges + 7 WHERE id = %s", [order.pk])
    told = said("check", code=1)
    assert f"orders_order，jinan 2026-07：账目 1 行，数据湖 1 行；{order.pk}（内容不同）" in told
    assert "有 1 处不同" in told
