"""Adopting a rule book: what it touches is said before it is done, and nothing that went before is changed by it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from django.core.exceptions import ValidationError
from django.utils import timezone
from tests.cast import Cast, make_cast, shanghai
from tests.rulebooks import Shelf, Tables, shelf

from lianxin.directory import adopted, adoption, snapshot
from lianxin.directory.adoption_words import of_plan
from lianxin.directory.models import AdoptedPack, Unit
from lianxin.ledger.models import Journal
from lianxin.ops.commands.policy import command
from lianxin.orders.models import Order
from lianxin.rules import policy, policy_compare
from lianxin.rules.policy_sections import Section

pytestmark = pytest.mark.django_db
#: A Friday; the Monday after is the 23rd.
NOW = shanghai("2026-11-20 10:00")
MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)


@pytest.fixture
def books(tmp_path: Path, db: None) -> Iterator[Shelf]:
    with shelf(tmp_path) as found:
        yield found


@pytest.fixture
def based(books: Shelf) -> Cast:
    return make_cast("based", "base")


def without(table: str, code: str) -> Callable[[Tables], None]:
    """The base without one code of a table."""

    def change(book: Tables) -> None:
        book[table] = [row for row in book[table] if row["code"] != code]

    return change


def made(books: Shelf, *changes: Callable[[Tables], Any]) -> policy.Pack:
    import tests.rulebooks as rulebooks

    book = rulebooks.tables()
    for change in changes:
        change(book)
    return books.put(book)


def section(plan: adoption.Plan, title: str) -> Section:
    return next(one for one in of_plan(plan) if one.title == title)


def test_a_code_that_goes_is_told_with_how_many_running_orders_have_it(based: Cast, books: Shelf) -> None:
    based.register(NOW, cls="help", source="county")
    based.register(NOW, cls="help", source="city")
    gone = based.register(NOW, cls="help")
    ended = {"reason": "诉求人要求撤单。", "told": "已撤单。"}
    based.do("agent", "order.withdrawn", gone.pk, NOW + timedelta(minutes=1), **ended)
    pack = made(books, without("class", "help"), without("source", "county"), without("redirect", "R1"))
    plan = adoption.plan(based.centre, pack, MONDAY, NOW)
    assert {line[1:] for line in section(plan, "消失的代码").lines} == {
        ("help", policy.find("base").classes["help"].title, "在办工单 2"),
        ("county", policy.find("base").sources["county"].title, "在办工单 1"),
        ("R1", policy.find("base").redirects["R1"].title, "没有"),
    }
    assert plan.safe, "orders keep their own pack, so nothing breaks"
    assert section(plan, "在办工单").lines == (("base@1", "2"),)


def test_a_group_that_units_are_in_is_in_the_way_on_any_day(based: Cast, books: Shelf) -> None:
    def towns_only(book: Tables) -> None:
        book["units"]["groups"] = [group for group in book["units"]["groups"] if group["code"] == "town"]
        weekly = book["bulletin"]["weekly"]
        book["formula"] = [row for row in book["formula"] if row["name"] != "department_share"]
        for name in ("annexes", "areas"):
            weekly[name] = [line for line in weekly[name] if line["group"] == "town"]
        for found in book["units"]["types"]:
            found["groups"] = [code for code in found.get("groups", []) if code == "town"]

    number = Unit.objects.filter(centre=based.centre, ranking_group="department").count()
    assert number
    plan = adoption.plan(based.centre, made(books, towns_only), MONDAY, NOW)
    assert (plan.safe, plan.offered) == (False, None)
    assert f"{number} 个单位在用" in "".join(section(plan, "生效日期有妨碍").sentences)


def test_each_list_of_codes_has_somebody_who_counts_it() -> None:
    """Those of redirects hang on orders at their end, elements of a reply on the reply alone, reasons of a call on the
    record of a call that is over."""
    lists = {known.path for known in policy_compare.codes(policy.find("base"))}
    assert lists - adoption.counted_lists() == {"redirect", "reply.elements", "knowledge.call_reasons"}


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 11, 20), "今天已登记 1 件工单"),
        (date(2026, 11, 21), "2026年第47周（11-16 至 11-22）"),
        (TUESDAY, "2026年第48周（11-23 至 11-29）"),
    ],
)
def test_a_day_on_which_something_breaks_is_told_and_a_monday_is_offered(
    based: Cast, books: Shelf, day: date, words: str
) -> None:
    based.register(NOW - timedelta(minutes=5))
    plan = adoption.plan(based.centre, made(books), day, NOW)
    assert not plan.refusal
    assert words in "".join(section(plan, "生效日期有妨碍").sentences)
    assert plan.offered == MONDAY
    good = adoption.plan(based.centre, plan.pack, MONDAY, NOW)
    assert good.safe
    assert "没有妨碍" in section(good, "生效日期").sentences[0]


def test_the_offered_monday_is_not_another_versions(based: Cast, books: Shelf) -> None:
    first, second = made(books), made(books)
    adoption.adopt(adoption.plan(based.centre, first, MONDAY, NOW), NOW, None)
    plan = adoption.plan(based.centre, second, MONDAY, NOW)
    assert plan.offered == MONDAY + timedelta(days=7)
    assert f"{MONDAY} 起已定为 {first.id}@1" in plan.refusal
    earlier = adoption.plan(based.centre, second, date(2026, 11, 22), NOW)
    assert f"{first.id}@1 定于 {MONDAY} 起施行" in "".join(section(earlier, "采用").sentences)


def test_a_past_day_is_refused_as_soon_as_orders_were_registered_under_it(based: Cast, books: Shelf) -> None:
    pack, past = made(books), date(2026, 11, 10)
    assert not adoption.plan(based.centre, pack, past, NOW).refusal
    based.register(shanghai("2026-11-12 09:00"))
    plan = adoption.plan(based.centre, pack, past, NOW)
    assert "2026-11-10 至昨日已登记 1 件工单" in plan.refusal
    assert "请选今天（2026-11-20）或以后的日期" in plan.refusal
    with pytest.raises(ValidationError, match="不能改变已经过去的日子"):
        adoption.adopt(plan, NOW, None)
    assert based.centre.policies.count() == 1
    assert not adoption.plan(based.centre, pack, date(2026, 11, 13), NOW).refusal


def test_orders_keep_their_pack_and_later_ones_get_the_new(based: Cast, books: Shelf) -> None:
    def quick(book: Tables) -> None:
        next(row for row in book["clock"] if row["id"] == "C36")["allow"] = "2 minutes"

    before = based.register(NOW)
    pack = made(books, quick)
    adoption.adopt(adoption.plan(based.centre, pack, MONDAY, NOW), NOW, None)
    after = based.register(shanghai("2026-11-23 10:00"))
    for order, minutes in ((before, 5), (after, 2)):
        row = Order.objects.get(pk=order.pk)
        assert row.due_at - row.registered_at == timedelta(minutes=minutes)
    assert (Order.objects.get(pk=before.pk).pack, Order.objects.get(pk=after.pk).pack) == ("base@1", f"{pack.id}@1")


def test_limits_settings_and_rows_that_change_are_told(based: Cast, books: Shelf) -> None:
    def change(book: Tables) -> None:
        next(row for row in book["clock"] if row["id"] == "B09.urgent")["allow"] = "10 minutes"
        book["callback"]["tries"] = 7

    old, plan = policy.find("base"), adoption.plan(based.centre, made(books, change), MONDAY, NOW)
    assert section(plan, "时限的变化").lines == (("签收", "派单", "紧急程度为紧急", "15分钟", "10分钟"),)
    assert section(plan, "设置的变化").lines == (
        ("回访：未接通时的回访次数", "callback.tries", str(old.callback.tries), "7"),
    )
    assert [line[:2] for line in section(plan, "条目的变化").lines] == [("修改", "B09.urgent"), ("新增", "S99")]


def test_what_was_looked_at_must_still_be_so(based: Cast, books: Shelf) -> None:
    first, second = made(books), made(books, without("class", "help"))
    looked = adoption.plan(based.centre, second, TUESDAY, NOW)
    adoption.adopt(adoption.plan(based.centre, first, MONDAY, NOW), NOW, None)
    with pytest.raises(ValidationError, match="请重新查看"):
        adoption.adopt(looked, NOW, None)
    assert not AdoptedPack.objects.filter(pack_id=second.id).exists()


def test_only_what_is_still_to_come_can_be_withdrawn(based: Cast, books: Shelf) -> None:
    version = adoption.adopt(adoption.plan(based.centre, made(books), MONDAY, NOW), NOW, None)
    with pytest.raises(ValidationError, match="不能撤销"):
        adoption.withdraw(version, shanghai("2026-11-23 00:00"), None)
    adoption.withdraw(version, shanghai("2026-11-22 23:59"), None)
    assert based.centre.policies.count() == 1
    assert Journal.objects.filter(action="policyversion.withdraw").count() == 1


# --- the command -----------------------------------------------------------------------------------------------------
def run(*words: object, answer: str = "") -> Result:
    return CliRunner().invoke(command, [str(word) for word in words], input=answer)


def next_monday() -> date:
    today = timezone.localdate()
    return today + timedelta(days=7 - today.weekday())


def test_the_command_says_all_and_does_nothing_before_it_is_told_to(based: Cast, books: Shelf) -> None:
    pack = made(books, without("class", "help"))
    words = ("adopt", books.folder / f"{pack.id}.toml", "--centre", "based", "--from", next_monday())
    said = run(*words, answer="n\n")
    assert said.exit_code == 0
    for title in ("采用", "生效日期", "消失的代码", "在办工单", "时限的变化", "设置的变化", "条目的变化"):
        assert f"【{title}】" in said.output
    assert "什么都没有改变" in said.output
    assert not AdoptedPack.objects.filter(pack_id=pack.id).exists()
    boss = based.staff["admin"]
    done = run(*words, "--by", boss.username, "--yes")
    assert done.exit_code == 0, done.output
    assert "已采用" in done.output
    (books.folder / f"{pack.id}.toml").unlink()
    adopted.forget()
    assert snapshot.of(based.centre.pk).find_pack(f"{pack.id}@1").digest == pack.digest
    line = Journal.objects.get(centre=based.centre, action="policyversion.adopt")
    assert line.staff_id == boss.pk
    facts = {"pack": f"{pack.id}@1", "digest": pack.digest, "from": next_monday().isoformat()}
    assert facts.items() <= line.payload.items()
    again = run("adopt", f"{pack.id}@1", *words[2:], "--yes")
    assert again.exit_code == 1
    assert "起已定为" in again.output


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("nowhere.toml", "--centre", "based"), "找不到文件"),
        (("base@7", "--centre", "based"), "已采用的规则包（现有：base@1）"),
        (("base", "--centre", "nobody"), "没有编码为“nobody”的中心"),
        (("base", "--centre", "based", "--by", "nobody"), "请核对 --by"),
        (("base", "--centre", "based"), "不必再次采用"),
    ],
)
def test_what_cannot_be_adopted_gets_a_sentence(based: Cast, words: tuple[str, ...], sentence: str) -> None:
    said = run("adopt", *words, "--from", next_monday(), "--yes")
    assert said.exit_code == 1
    assert sentence in f"{said.output}{said.exception}"
    assert based.centre.policies.count() == 1


def test_a_pack_with_faults_is_told_as_the_check_tells_it(based: Cast, books: Shelf) -> None:
    path = books.folder / "base.toml"
    path.write_text(path.read_text("utf-8").replace('"5 minutes"', '"5 minuets"'), "utf-8")
    said = run("adopt", path, "--centre", "based", "--from", next_monday(), "--yes")
    assert said.exit_code == 1
    assert "规则 C36，字段 allow：应为“60 minutes”" in said.output


def test_the_list_says_what_is_in_force_what_is_to_come_and_what_stands_under_it(based: Cast, books: Shelf) -> None:
    now = timezone.now()
    based.register(now)
    pack = made(books)
    adoption.adopt(adoption.plan(based.centre, pack, next_monday(), now), now, based.staff["admin"])
    said = run("list", "--centre", "based").output.splitlines()
    assert len(said) == 2
    assert f"{pack.id}@1　待施行　摘要 {pack.digest[:12]}　在办 0 件　{based.staff['admin'].name}" in said[0]
    assert "base@1　施行中" in said[1]
    assert "在办 1 件　命令行" in said[1]


def test_two_packs_are_compared_whether_files_or_adopted(based: Cast, books: Shelf) -> None:
    def change(book: Tables) -> None:
        next(row for row in book["clock"] if row["id"] == "B09.urgent")["allow"] = "10 minutes"

    pack = made(books, change)
    said = run("diff", "base@1", books.folder / f"{pack.id}.toml").output
    assert "签收 | 派单 | 紧急程度为紧急 | 15分钟 | 10分钟" in said
    assert run("diff", "base", "base@1").output.count("没有。") == 3
    assert run("explain", "base@1").output == run("explain", "base").output
    assert run("diff", "base", "base@9").exit_code == 1
