"""Jinan's rows of inspection: C29, C30, C53, C54, C55, C57, C58, at a centre that lives under its pack."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import pytest
from tests.cast import Cast, later, make_cast, shanghai
from tests.desk.web import Site
from tests.duties.stages import owed
from tests.proceedings.inspecting import (
    ACCOUNT,
    DEMAND,
    EARLIER,
    PROCESS,
    RESULT,
    SETTLED,
    begin,
    check,
    closed,
    conclude,
    draw,
    observe,
    said_of,
    teams,
)
from tests.proceedings.stages import differences, do, fresh

from lianxin.duties import rounds
from lianxin.ledger.acts import Refused
from lianxin.ledger.models import Entry
from lianxin.ops.serving import all_served
from lianxin.orders.models import Sight
from lianxin.proceedings.models import Proceeding
from lianxin.rules import policy
from lianxin.rules.policy_explain import explain
from lianxin.rules.serving import held as held_rows

pytestmark = pytest.mark.django_db
MONDAY = shanghai("2026-11-23 09:00")


@pytest.fixture
def jinan() -> Cast:
    return teams(make_cast("jinan", "jinan-cg"))


def refused(act: Any, *args: Any, **said: Any) -> dict[str, str]:
    """What it is refused for; nothing has changed."""
    before = Entry.objects.count()
    with pytest.raises(Refused) as found:
        act(*args, **said)
    assert Entry.objects.count() == before
    return found.value.problems


# --- C29, C30 ---------------------------------------------------------------------------------
def test_c29_each_type_needs_its_records_before_it_is_concluded(jinan: Cast) -> None:
    site = Site(jinan)
    form = site.get("clerk@team", "/proceedings/new/inspection.opened/").content.decode()
    for title in ("值班制度", "投诉受理", "调度", "执法规定执行", "热点督察", "难点督办", "媒体报道", "执法人员投诉"):
        assert title in form
    root = begin(jinan, MONDAY)
    then = later(MONDAY, minutes=30)
    assert refused(conclude, jinan, root, then)[""] == "专项督察：值班制度还缺现场督察，补齐后才能作出结论"
    observe(jinan, root, then)
    conclude(jinan, root, later(then, minutes=1))
    mine = Proceeding.objects.get(pk=root)
    assert (mine.state, mine.level, mine.channel, mine.outcome) == ("concluded", "roster", "city", "sound")
    listed = site.get("clerk@team", "/proceedings/?kind=inspection&view=all").content.decode()
    for words in ("专项督察：值班制度", "市级", "大店镇", "符合规定"):
        assert words in listed
    assert differences() == []


def test_c29_the_unit_reads_of_it_with_the_conclusion_and_not_before(jinan: Cast) -> None:
    root, site = begin(jinan, MONDAY), Site(jinan)
    url = f"/proceedings/{Proceeding.objects.get(pk=root).number}/"
    assert site.get("clerk@town", url).status_code == 404
    observe(jinan, root, later(MONDAY, minutes=10))
    assert site.get("principal@town", url).status_code == 404
    conclude(jinan, root, later(MONDAY, minutes=20))
    page = site.get("clerk@town", url)
    assert SETTLED in page.content.decode()
    # A complaint about staff is nothing for the unit of the one complained of.
    staff = begin(jinan, MONDAY, "staff")
    observe(jinan, staff, later(MONDAY, minutes=40), "inquiry", files=())
    conclude(jinan, staff, later(MONDAY, minutes=50))
    hidden = f"/proceedings/{Proceeding.objects.get(pk=staff).number}/"
    assert site.get("clerk@town", hidden).status_code == 404
    assert site.get("supervisor", hidden).status_code == 200


def test_c29_no_record_of_another_type_without_photograph_out_of_time_or_said_before(jinan: Cast) -> None:
    root, then = begin(jinan, MONDAY), later(MONDAY, minutes=30)
    assert refused(observe, jinan, root, then, "process") == {"record": "专项督察：值班制度的督查记录：现场督察"}
    assert "files" in refused(observe, jinan, root, then, files=())
    assert "observed_at" in refused(observe, jinan, root, then, observed_at=later(then, hours=1))
    assert "observed_at" in refused(observe, jinan, root, then, observed_at=later(MONDAY, days=-1))
    assert "account" in refused(observe, jinan, root, then, account="已查，正常。")
    observe(jinan, root, then)
    after = later(then, hours=1)
    assert "account" in refused(observe, jinan, root, after)
    assert "account" in refused(observe, jinan, root, after, account=ACCOUNT.replace("，", " ") + "！")
    assert "account" in refused(observe, jinan, root, after, by="principal@team"), "nor by somebody else"
    soon = later(then, minutes=9)
    assert "observed_at" in refused(observe, jinan, root, after, account=PROCESS, observed_at=soon)
    # Another person was there at the same time, and saw something else.
    observe(jinan, root, after, account=PROCESS, observed_at=soon, by="principal@team")
    assert (
        "您的岗位不能" in refused(do, jinan, "agent", "inspection.withdrawn", root, after, reason="没有必要督查。")[""]
    )


def test_c29_others_than_who_opened_it_neither_record_nor_conclude(jinan: Cast) -> None:
    root = begin(jinan, MONDAY, "media", text="晚报报道渣土车夜间撒漏。")
    then = later(MONDAY, minutes=30)
    do(jinan, "clerk@team", "inspection.issued", root, then, text=DEMAND)
    # The unit reads the paper now, and still does nothing of the inspection; nor does the centre, nor a section.
    for who in ("clerk@town", "supervisor", "clerk@section"):
        told = refused(do, jinan, who, "inspection.concluded", root, then, result=SETTLED, outcome="sound")[""]
        assert told == ("没有这件专办事项" if who == "clerk@section" else "只有立项的单位可以作出督查结论")
    site = Site(jinan)
    url = f"/proceedings/{Proceeding.objects.get(pk=root).number}/"
    assert "inspection.concluded" not in site.get("clerk@town", url).content.decode()
    assert "inspection.observed" in site.get("principal@team", url).content.decode()
    assert fresh(Proceeding.objects.get(pk=root)).owner_unit == jinan.units["team"]


def test_c30_a_district_inspects_what_lies_below_its_bureau_and_nothing_else(jinan: Cast) -> None:
    mine = begin(jinan, MONDAY, unit="village", by="clerk@section")
    assert Proceeding.objects.get(pk=mine).channel == "district"
    for unit in ("town", "bureau", "heat", "centre", "team"):
        told = refused(begin, jinan, MONDAY, unit=unit, by="clerk@section")
        assert told == {"inspected": "大店分局督查科只督查大店镇的下属单位，这个单位不在其中"}, unit
    assert refused(begin, jinan, MONDAY, unit="section", by="clerk@section") == {
        "inspected": "不能督查本单位，请由上级督查机构督查"
    }
    # The city inspects everybody, the district's section and the centre among them.
    for unit in ("section", "village", "bureau", "centre"):
        begin(jinan, MONDAY, unit=unit)


def test_c30_nobody_inspects_the_own_unit_by_whichever_post(jinan: Cast) -> None:
    assert "本单位" in refused(begin, jinan, MONDAY, unit="team")["inspected"]
    assert "inspected" in refused(begin, jinan, MONDAY, unit="centre", by="supervisor")
    begin(jinan, MONDAY, by="supervisor")
    # Whoever serves in the unit as well, or came to serve there since.
    jinan.staff["clerk@town"].unit.refresh_from_db()
    root = begin(jinan, MONDAY, unit="bureau")
    inspector = jinan.posts["clerk@team"].holder_a
    post = jinan.posts["clerk@bureau"]
    post.holder_b = inspector
    post.save()
    assert "任职" in refused(begin, jinan, MONDAY, unit="bureau")["inspected"]
    assert "任职" in refused(observe, jinan, root, later(MONDAY, minutes=5))[""]
    # Who is no inspector opens none, and is offered none.
    assert refused(begin, jinan, MONDAY, unit="village", by="clerk@town") == {"": "您所在的单位不能督查立项"}
    site = Site(jinan)
    assert site.get("clerk@town", "/proceedings/new/inspection.opened/").status_code == 403
    assert "inspection.opened" not in site.get("clerk@town", "/proceedings/").content.decode()
    assert "inspection.opened" in site.get("clerk@section", "/proceedings/").content.decode()


def test_c30_no_order_of_another_unit_is_drawn_into_it(jinan: Cast) -> None:
    order = closed(jinan, later(MONDAY, hours=-2))[0]
    told = refused(begin, jinan, MONDAY, "difficult", unit="village", by="clerk@section", numbers=[order.number])
    assert told == {"numbers": f"督查对象没有承办这个工单号：{order.number}"}
    assert "numbers" in refused(begin, jinan, MONDAY, "difficult", numbers=[])
    begin(jinan, MONDAY, "difficult", numbers=[order.number])
    assert list(Sight.objects.filter(order=order).values_list("to_unit", flat=True)) == [jinan.units["team"].pk]


# --- C54, C57, C58 ----------------------------------------------------------------------------
def test_c54_process_and_result_are_two_observations_one_after_the_other(jinan: Cast) -> None:
    order = closed(jinan, later(MONDAY, hours=-2))[0]
    root = begin(jinan, MONDAY, "hot_spot", numbers=[order.number])
    at = later(MONDAY, minutes=30)
    assert "须先有处理过程督察" in refused(observe, jinan, root, at, "result", RESULT)["observed_at"]
    observe(jinan, root, at, "process", PROCESS)
    assert refused(conclude, jinan, root, at)[""].startswith("热点督察还缺处理结果督察")
    later_on = later(at, hours=2)
    # Not at the time of the first, whoever saw it; nor in its words.
    same = {"observed_at": at, "by": "principal@team"}
    assert "observed_at" in refused(observe, jinan, root, later_on, "result", RESULT, **same)
    assert "account" in refused(observe, jinan, root, later_on, "result", PROCESS)
    observe(jinan, root, later_on, "result", RESULT)
    conclude(jinan, root, later(later_on, minutes=1))
    assert Proceeding.objects.get(pk=root).state == "concluded"


def test_c57_the_conclusion_has_both_parts_and_they_differ(jinan: Cast) -> None:
    order = closed(jinan, later(MONDAY, hours=-2))[0]
    root, at = begin(jinan, MONDAY, "difficult", numbers=[order.number]), later(MONDAY, minutes=30)
    assert "还缺现场督办" in refused(conclude, jinan, root, at, earlier=EARLIER)[""]
    observe(jinan, root, at, "on_site")
    after = later(at, minutes=5)
    assert refused(conclude, jinan, root, after) == {"earlier": "难点督办的结论须写明前期投诉处理督察情况"}
    assert "earlier" in refused(conclude, jinan, root, after, earlier="无。")
    assert "result" in refused(conclude, jinan, root, after, earlier=EARLIER, result="")
    assert "分别写明" in refused(conclude, jinan, root, after, earlier=SETTLED)["earlier"]
    conclude(jinan, root, after, earlier=EARLIER)
    paper = Entry.objects.get(proceeding=root, action="inspection.concluded").enclosure.body["paper"]
    said = "".join(text for _, text in paper)
    assert f"前期投诉处理督察情况：{EARLIER}" in said
    assert f"督查（督办）结果：{SETTLED}" in said
    # No other type is asked for the first part.
    other = begin(jinan, MONDAY)
    observe(jinan, other, later(at, hours=1))
    conclude(jinan, other, later(at, hours=2))


def test_c58_media_need_the_paper_and_the_record_on_site(jinan: Cast) -> None:
    root, at = begin(jinan, MONDAY, "media"), later(MONDAY, minutes=30)
    assert "还缺督办件、现场督办" in refused(conclude, jinan, root, at)[""]
    # The paper is not there by somebody's word.
    assert refused(observe, jinan, root, at, "paper") == {"record": "媒体报道事项督办的督查记录：现场督办"}
    do(jinan, "clerk@team", "inspection.issued", root, at, text=DEMAND)
    assert "还缺现场督办" in refused(conclude, jinan, root, at)[""]
    assert "account" in refused(observe, jinan, root, later(at, hours=1), "on_site", DEMAND), "the paper once more"
    observe(jinan, root, later(at, hours=1), "on_site")
    conclude(jinan, root, later(at, hours=2))
    page = Site(jinan).get("clerk@town", f"/proceedings/{Proceeding.objects.get(pk=root).number}/papers/2/")
    assert DEMAND in page.content.decode()


# --- C53 --------------------------------------------------------------------------------------
def test_c53_the_draw_is_repeated_from_what_is_kept_with_nothing_but_sha256(jinan: Cast) -> None:
    orders = closed(jinan, later(MONDAY, hours=-2), 5)
    jinan.dispatch(jinan.register(later(MONDAY, hours=-2)), later(MONDAY, hours=-2), "town")  # not closed
    closed(jinan, later(MONDAY, days=-20))  # closed long ago
    root = draw(jinan, MONDAY)
    said = said_of(root, "recheck.drawn")
    assert said["pool"] == sorted(order.number for order in orders)
    assert (said["size"], len(said["seed"]), root.period, root.channel) == (3, 32, "2026-W48", "city")

    def place(number: str) -> str:
        return hashlib.sha256(f"{said['seed']}:{number}".encode()).hexdigest()

    assert said["drawn"] == sorted(said["pool"], key=place)[:3]
    # What closes later changes nothing of it; a replay has the same.
    closed(jinan, later(MONDAY, hours=1))
    assert said_of(root, "recheck.drawn")["pool"] == said["pool"]
    assert differences() == []
    page = Site(jinan).get("clerk@team", f"/proceedings/{root.number}/").content.decode()
    for words in (said["seed"], *said["drawn"], "5 件", "重算结果一致", "SHA-256"):
        assert words in page
    shown = Sight.objects.filter(to_unit=jinan.units["team"]).values_list("order__number", flat=True)
    assert sorted(shown) == sorted(said["drawn"])


def test_c53_each_is_gone_to_and_its_result_counts(jinan: Cast) -> None:
    closed(jinan, later(MONDAY, hours=-2), 4)
    root = draw(jinan, MONDAY)
    one, two, three = said_of(root, "recheck.drawn")["drawn"]
    at = later(MONDAY, hours=1)
    summary = {"summary": "三件逐一到现场，一件没有处理到位。"}
    check(jinan, root, one, at, sound=False)
    assert "还有没有现场复查的工单" in refused(do, jinan, "clerk@team", "recheck.concluded", root.pk, at, **summary)[""]
    assert "files" in refused(check, jinan, root, two, later(at, hours=1), files=())
    assert "number" in refused(check, jinan, root, one, later(at, hours=1))
    assert "checked_at" in refused(check, jinan, root, two, at, checked_at=later(MONDAY, hours=-1))
    assert "checked_at" in refused(check, jinan, root, two, later(at, hours=1), checked_at=at), "at two places at once"
    strange = (set(said_of(root, "recheck.drawn")["pool"]) - {one, two, three}).pop()
    assert "number" in refused(check, jinan, root, strange, later(at, hours=1)), "one that was not drawn"
    check(jinan, root, two, later(at, hours=1))
    check(jinan, root, three, later(at, hours=2))
    do(jinan, "clerk@team", "recheck.concluded", root.pk, later(at, hours=3), **summary)
    mine = fresh(root)
    assert (mine.state, mine.outcome) == ("concluded", "failed")
    assert said_of(root, "recheck.concluded")["share"] == "复查 3 件，不合格 1 件"


def test_c53_nobody_draws_until_it_suits(jinan: Cast) -> None:
    closed(jinan, later(MONDAY, hours=-2), 9)
    # Whatever is sent along is not what is drawn.
    wish = {"seed": "0" * 32, "pool": ["20261123-0001"], "drawn": ["20261123-0001"], "size": 1, "orders": [1]}
    root = draw(jinan, MONDAY, **wish)
    first = said_of(root, "recheck.drawn")
    assert first["seed"] != wish["seed"]
    assert len(first["pool"]) == 9
    assert root.number in refused(draw, jinan, later(MONDAY, days=1), by="principal@team")[""]
    at = later(MONDAY, minutes=10)
    again = {"reason": "抽中的地点当日封路，到不了现场。"}
    assert "抽样人以外" in refused(do, jinan, "clerk@team", "recheck.redrawn", root.pk, at, **again)[""]
    assert "reason" in refused(do, jinan, "principal@team", "recheck.redrawn", root.pk, at, reason="")
    do(jinan, "principal@team", "recheck.redrawn", root.pk, at, **again)
    second = said_of(root, "recheck.redrawn")
    assert second["seed"] != first["seed"]
    assert set(second["drawn"]) <= set(first["pool"])
    # The first stays, on the page as well, and there is no third.
    assert said_of(root, "recheck.drawn") == first
    page = Site(jinan).get("clerk@team", f"/proceedings/{root.number}/").content.decode()
    assert first["seed"] in page
    assert second["seed"] in page
    told = refused(do, jinan, "hotline_deputy@team", "recheck.redrawn", root.pk, later(at, minutes=5), **again)
    assert told[""] == "一次抽样最多重抽 1 次"
    only_first = next(iter(set(first["drawn"]) - set(second["drawn"])), None)
    if only_first:
        assert "number" in refused(check, jinan, root, only_first, later(at, hours=1))


def test_c53_once_something_was_found_nobody_draws_again(jinan: Cast) -> None:
    closed(jinan, later(MONDAY, hours=-2), 4)
    root = draw(jinan, MONDAY)
    check(jinan, root, said_of(root, "recheck.drawn")["drawn"][0], later(MONDAY, hours=1), sound=False)
    then, again = later(MONDAY, hours=2), {"reason": "抽中的地点当日封路，到不了现场。"}
    told = refused(do, jinan, "principal@team", "recheck.redrawn", root.pk, then, **again)
    assert told == {"": "已经登记了复查结果，不能重抽"}


def test_c53_a_district_draws_from_its_own_units_alone(jinan: Cast) -> None:
    assert "没有办结的工单" in refused(draw, jinan, MONDAY)[""]
    closed(jinan, later(MONDAY, hours=-2), 2)  # the town's, which is the bureau itself
    assert "没有办结的工单" in refused(draw, jinan, MONDAY, by="clerk@section")[""]
    assert len(said_of(draw(jinan, MONDAY), "recheck.drawn")["pool"]) == 2
    assert "您所在的单位不能" in refused(draw, jinan, MONDAY, by="clerk@bureau")[""]


def test_c53_a_week_without_a_sample_is_seen(jinan: Cast) -> None:
    rounds.run(shanghai("2026-11-02 09:00"))
    at = MONDAY
    rounds.run(at)
    mine = {"rule": "C53", "unit": jinan.units["team"], "period": "2026-W48"}
    closed(jinan, later(at, hours=-1), 3)
    # Drawn is not gone to.
    root = draw(jinan, at)
    rounds.run(later(at, hours=1))
    assert owed(**mine) == [("C53", "2026-W48", "team", "")]
    for n, number in enumerate(said_of(root, "recheck.drawn")["drawn"]):
        check(jinan, root, number, later(at, hours=n + 1))
    do(jinan, "clerk@team", "recheck.concluded", root.pk, later(at, hours=9), summary="三件逐一到现场，均已处理到位。")
    rounds.run(later(at, days=1))
    assert owed(**mine) == [("C53", "2026-W48", "team", "done")]
    # A week three weeks ago is over, and nobody had drawn.
    assert {line[-1] for line in owed(rule="C53", period="2026-W45")} == {"unmet"}


def test_c29_c53_the_month_in_figures(jinan: Cast) -> None:
    orders = closed(jinan, later(MONDAY, hours=-2), 4)
    root = begin(jinan, MONDAY, "difficult", numbers=[orders[0].number])
    observe(jinan, root, later(MONDAY, minutes=30), "on_site")
    conclude(jinan, root, later(MONDAY, hours=1), earlier=EARLIER, outcome="faulty")
    begin(jinan, MONDAY, unit="village", by="clerk@section")
    wrong = begin(jinan, MONDAY, unit="heat")
    do(jinan, "clerk@team", "inspection.withdrawn", wrong, later(MONDAY, hours=1), reason="立项的单位有误。")
    sample = draw(jinan, MONDAY)
    for n, number in enumerate(said_of(sample, "recheck.drawn")["drawn"]):
        check(jinan, sample, number, later(MONDAY, hours=n + 1), sound=n != 0)
    site = Site(jinan)

    def cells(who: str, query: str = "") -> list[list[str]]:
        page = site.get(who, f"/proceedings/inspections/{query}").content.decode()
        rows = re.findall(r"<td>\d+</td><th scope=\"row\">(.*?)</tr>", page)
        plain = (re.sub(r"<a .*?>|</a>", "", row) for row in rows)
        return [re.split(r"</th><td>|</td><td>|</td>", row)[:-1] for row in plain]

    assert cells("leader") == [
        ["全部", "3", "1", "33.3%"],
        ["市级", "3", "1", "33.3%"],
        ["大店镇", "3", "1", "33.3%"],
        ["难点督办", "1", "1", "1"],
        ["专项督察：值班制度", "1", "0", "0"],
        ["市级", "1", "1", "1"],
        ["区级", "1", "0", "0"],
        ["大店镇", "1", "1", "1"],
        ["柳岸社区", "1", "0", "0"],
    ]
    assert ["柳岸社区", "1", "0", "0"] in cells("clerk@section")
    assert ["大店镇", "1", "1", "1"] not in cells("clerk@section"), "the city's is not the section's to read"
    assert cells("leader", "?month=2026-10") == [["全部", "0", "0", "-"]]
    for month in ("x", "0001-01", "9999-12", "1999-12", "2100-01"):
        assert site.get("leader", f"/proceedings/inspections/?month={month}").status_code == 404, month
    assert site.get("clerk@town", "/proceedings/inspections/").status_code == 403
    assert "/proceedings/inspections/" in site.get("clerk@team", "/proceedings/").content.decode()
    assert "/proceedings/inspections/" not in site.get("clerk@town", "/proceedings/").content.decode()


# --- C55 --------------------------------------------------------------------------------------
def test_c55_a_month_without_a_special_inspection_is_seen(jinan: Cast) -> None:
    rounds.run(shanghai("2026-10-09 09:00"))
    at = MONDAY
    rounds.run(at)
    order = closed(jinan, later(at, hours=-2))[0]
    # One of another type is none, nor is one that was only begun, nor one that was withdrawn.
    other = begin(jinan, at, "difficult", numbers=[order.number])
    observe(jinan, other, later(at, minutes=10), "on_site")
    conclude(jinan, other, later(at, minutes=20), earlier=EARLIER)
    root = begin(jinan, at)
    rounds.run(later(at, hours=1))
    mine = {"rule": "C55", "unit": jinan.units["team"], "period": "2026-11"}
    assert owed(**mine) == [("C55", "2026-11", "team", "")]
    observe(jinan, root, later(at, hours=1))
    conclude(jinan, root, later(at, hours=2))
    rounds.run(later(at, hours=3))
    assert owed(**mine) == [("C55", "2026-11", "team", "done")]
    # The section's own is not met by the city's.
    section = {"rule": "C55", "unit": jinan.units["section"], "period": "2026-11"}
    assert owed(**section) == [("C55", "2026-11", "section", "")]
    # October is over, and nobody inspected.
    assert {line[-1] for line in owed(rule="C55", period="2026-10")} == {"unmet"}


def test_c29_c30_c53_c54_c55_c57_c58_the_book_says_that_they_are_held() -> None:
    said = "\n".join(explain(policy.find("jinan-cg"), all_served()))
    for words in ("督查立项：", "区局的督查机构只督查", "热点督察须先后", "难点督办须有", "媒体报道事项须发出"):
        assert words in said
    rows = {"C29", "C30", "C53", "C54", "C55", "C57", "C58"}
    assert held_rows(policy.find("jinan-cg"), all_served()) | {"C53", "C55"} >= rows
