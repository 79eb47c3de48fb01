"""The figures and the bulletin say by which engine they were counted, and hold it against the book."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.db import connection
from django.utils import timezone
from docx import Document
from tests.cast import Cast, later, make_cast, request, shanghai
from tests.desk.test_bulletins import WEEK, client_of, publish
from tests.orders.test_whole_life import walk

from lianxin.directory.models import Unit
from lianxin.figures import kept
from lianxin.lake import source, write
from lianxin.lake.store import Store
from lianxin.ledger.acts import Act
from lianxin.ledger.door import record
from lianxin.ops.commands import bulletin, figures
from lianxin.orders.models import Order

# The lake is written over a connection of its own, which sees only what was committed.
pytestmark = pytest.mark.django_db(transaction=True)
AT = shanghai("2021-10-27 09:00")
SAME = "个数全部相同"


@pytest.fixture
def cast() -> Cast:
    cast = make_cast()
    order = cast.register(AT)
    cast.dispatch(order, AT, "heat", "bureau")
    walk(cast, order, AT)
    return cast


@pytest.fixture
def lake(tmp_path: Path, settings: Any) -> Store:
    settings.LAKE = str(tmp_path / "lake")
    return Store.at(settings.LAKE)


def page(cast: Cast, path: str, who: str = "leader", *, follow: bool = False) -> str:
    kept._places.clear()
    answer = client_of(cast, who).get(path, follow=follow)
    assert answer.status_code == 200, path
    return str(answer.content.decode())


def tampered() -> None:
    """Past the door, as only a database's owner could: the book is not what it was."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE orders_share SET outcome = 'returned', state = 'returned' WHERE role = 'assist'")
        cursor.execute("UPDATE orders_facts SET source = 'province'")
        cursor.execute("SET session_replication_role = origin")


def test_the_figures_of_a_week_by_the_lake_are_those_of_the_book(cast: Cast, lake: Store) -> None:
    plain = page(cast, f"/figures/?week={WEEK}")
    assert "计数引擎" not in plain, "there is the book alone"
    write.write(lake)
    offered = page(cast, f"/figures/?week={WEEK}")
    assert f'href="?week={WEEK}&amp;on=lake"' in offered
    assert "on=spark" not in offered, "a page begins no Java"
    found = page(cast, f"/figures/?week={WEEK}&on=lake")
    assert "以下由数据湖（DuckDB，第 1 份清单，截至 " in found
    assert SAME in found
    # The same numbers, and each opens its orders.
    begin, end = "核心指标", "环节停留"
    counted = offered[offered.index(begin) : offered.index(f'<section class="lx-sec lx-figtable" aria-label="{end}"')]
    assert counted in found
    assert end not in found, "which the book alone counts"
    tampered()
    told = page(cast, f"/figures/?week={WEEK}&on=lake")
    assert SAME not in told
    assert "住建局退单量：账目 1，数据湖 0" in told


def test_of_a_running_week_both_count_up_to_what_the_lake_knows(
    nine: datetime, lake: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast = make_cast()
    at = shanghai("2026-11-25 09:00")
    cast.dispatch(cast.register(at), at, "heat")
    with monkeypatch.context() as patch:
        patch.setattr(source.feed, "settled_before", lambda: later(at, minutes=65))
        write.write(lake)
    record(Act("order.registered", cast.actor("agent"), timezone.now(), request()))
    found = page(cast, "/figures/?week=2026-W48&on=lake")
    assert "截至 11-25 10:00" in found
    assert SAME in found
    assert found.count("&amp;at=") > 5, "and so does the list behind a number"
    # A week that is over is not cut short, and what the lake does not reach is not nothing.
    with monkeypatch.context() as patch:
        patch.setattr(source.feed, "settled_before", lambda: shanghai("2026-11-20 09:05"))
        write.write(lake, full=True)
    for path in ("/figures/?week=2026-W47&on=lake", "/bulletins/2026-W47/?on=lake"):
        assert "的数据截至 2026年11月20日09:00，算不出截至" in page(cast, path, follow=True)
    done = CliRunner().invoke(figures.command, ["2026-W47", "--on", "lake", "--lake", lake.base])
    assert (done.exit_code, "算不出截至" in done.output) == (1, True)
    done = CliRunner().invoke(figures.command, ["2026-11-25", "--on", "lake", "--lake", lake.base])
    assert (done.exit_code, "算不出截至" in done.output) == (1, True)


@pytest.mark.parametrize(
    ("name", "said"), [("lake", "请先写入"), ("nonsense", "没有叫“nonsense”的计数引擎"), ("spark", "Spark")]
)
def test_an_engine_that_is_not_set_up_is_said(
    cast: Cast, lake: Store, name: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lianxin.figures.choosing.find_spec", lambda _: None)
    for path in (f"/figures/?week={WEEK}&on={name}", f"/bulletins/{WEEK}/?on={name}"):
        told = page(cast, path, follow=True)
        assert said in told
        assert SAME not in told


def test_a_page_begins_no_java(cast: Cast, lake: Store) -> None:
    write.write(lake)
    for path in (f"/figures/?week={WEEK}&on=spark", f"/bulletins/{WEEK}/?on=spark"):
        assert "网页上只用集群上的 Spark" in page(cast, path, follow=True)


@pytest.mark.parametrize("harm", ["file", "manifest", "pointer", "cluster"])
def test_a_lake_that_cannot_be_read_is_said_and_the_book_still_counts(
    cast: Cast, lake: Store, harm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = write.write(lake)
    name, said = "lake", "清单读不懂"
    if harm == "file":
        for file in made.files:
            if file.part.table == "orders_share":
                Path(lake.path(file.name)).write_bytes(b"PAR1")
        said = "这时算不出来"
    elif harm == "manifest":
        Path(lake.path(made.name)).write_bytes(b"[]")
        said = "摘要不符"
    elif harm == "pointer":
        Path(lake.path("CURRENT")).write_bytes(b"")
    else:
        monkeypatch.setenv("SPARK_REMOTE", "sc://127.0.0.1:1")
        name, said = "spark", "这时算不出来"
    for path in (f"/figures/?week={WEEK}&on={name}", f"/bulletins/{WEEK}/?on={name}"):
        assert said in page(cast, path, follow=True)
    assert "计数引擎" in page(cast, f"/figures/?week={WEEK}")


def test_what_was_published_with_corrections_is_counted_so_by_the_lake(cast: Cast, lake: Store) -> None:
    order = Order.objects.get()
    cast.do("agent", "order.corrected", order.pk, shanghai("2021-11-02 09:00"), cls="suggestion")
    write.write(lake)
    assert publish(client_of(cast, "analyst"), corrected="1").status_code == 302
    found = page(cast, f"/bulletins/{WEEK}/?on=lake")
    assert SAME in found
    assert "与已发布的周报逐项核对" in found


def test_units_of_one_name_are_told_apart(cast: Cast, lake: Store) -> None:
    Unit.objects.filter(pk=cast.units["heat"].pk).update(short_name="一科")
    Unit.objects.filter(pk=cast.units["bureau"].pk).update(short_name="一科")
    write.write(lake)
    assert SAME in page(cast, f"/figures/?week={WEEK}&on=lake")
    tampered()
    assert "住建局退单量：账目 1，数据湖 0" in page(cast, f"/figures/?week={WEEK}&on=lake")


def test_a_unit_is_offered_no_engine(cast: Cast, lake: Store) -> None:
    write.write(lake)
    plain = page(cast, f"/figures/?week={WEEK}", "hotline_deputy@heat", follow=True)
    Path(lake.path("CURRENT")).write_bytes(b"")
    told = page(cast, f"/figures/?week={WEEK}&on=lake", "hotline_deputy@heat", follow=True)
    assert "计数引擎" not in told
    assert "读不懂" not in told, "nor does it count for it"
    assert told.count("lx-fig") == plain.count("lx-fig") > 3


def test_the_bulletin_by_the_lake_is_held_against_what_was_published(cast: Cast, lake: Store) -> None:
    write.write(lake)
    draft = page(cast, f"/bulletins/{WEEK}/?on=lake")
    assert "（本稿的数字由数据湖（DuckDB，第 1 份清单" in draft
    assert "下载 docx" not in draft, "the file is the book's"
    assert "下载 docx" in page(cast, f"/bulletins/{WEEK}/")
    client = client_of(cast, "analyst")
    assert publish(client).status_code == 302
    tampered()
    found = page(cast, f"/bulletins/{WEEK}/?on=lake")
    assert SAME in found, "what was published is what the lake counts, whatever the book says now"
    write.write(lake, full=True)
    assert SAME not in page(cast, f"/bulletins/{WEEK}/?on=lake")


@pytest.mark.xdist_group("spark")
def test_the_commands_count_by_any_engine_and_say_by_which(java: None, cast: Cast, lake: Store, tmp_path: Path) -> None:
    make_cast("second", "jinan-cg")
    write.write(lake)

    def said(command: Any, *words: str, code: int = 0) -> str:
        done = CliRunner().invoke(command, [*words, "--lake", lake.base])
        assert done.exit_code == code, done.output
        return str(done.output)

    for by in ((), ("--by", "unit", "--figure", "handled", "--figure", "within_limit_rate")):
        book, duck, spark = (said(figures.command, "2021-W43", *by, "--on", on) for on in ("book", "lake", "spark"))
        lines = [each.splitlines() for each in (book, duck, spark)]
        assert lines[0][:-1] == lines[1][:-1] == lines[2][:-1]
        assert [each[-1].partition("（DuckDB")[0].partition("（Spark")[0] for each in lines] == [
            "（2021年第43周，由账目（PostgreSQL）计数）", "（2021年第43周，由数据湖", "（2021年第43周，由数据湖",
        ]  # fmt: skip
    assert "junan\t热力公司\t1\t100.00%" in book
    assert "second热线中心" in book
    assert said(figures.command, "2021-10", "--by", "month", "--centre", "junan").splitlines()[:2] == [
        "junan热线中心\t分组\t受理量\t承办量\t办结量\t逾期量\t限时办结率\t群众满意率",
        "junan\t202110\t1\t1\t1\t0\t100.00%\t-",
    ]
    assert said(figures.command, "2021-10-27", "--by", "unit").startswith("junan热线中心\t分组\t承办量\t")
    assert "没有编码为“nobody”的中心" in said(figures.command, "2021-W43", "--centre", "nobody", code=1)
    assert "不能按 day 分组" in said(figures.command, "2021-W43", "--figure", "contacts", "--by", "day", code=1)
    assert "没有名为“x”" in said(figures.command, "2021-W43", "--figure", "x", code=1)
    assert "时间应写作" in said(figures.command, "someday", code=1)
    out = tmp_path / "week.docx"
    said(bulletin.command, "weekly", "--centre", "junan", "--week", WEEK, "--out", str(out), "--on", "lake")
    assert any("由数据湖（DuckDB" in paragraph.text for paragraph in Document(str(out)).paragraphs)
    said(bulletin.command, "weekly", "--centre", "junan", "--week", WEEK, "--out", str(out))
    assert not any("数据湖" in paragraph.text for paragraph in Document(str(out)).paragraphs)
