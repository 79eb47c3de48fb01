"""Who inspects, for what, with which records, and how a sample is drawn is the pack's; whoever opened it keeps it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.cast import Cast, later, make_cast, shanghai
from tests.desk.web import Site
from tests.duties.stages import owed
from tests.proceedings.inspecting import (
    ACCOUNT,
    EARLIER,
    PROCESS,
    begin,
    check,
    closed,
    conclude,
    draw,
    lives,
    observe,
    said_of,
    teams,
)
from tests.proceedings.stages import differences, do
from tests.rulebooks import stored, tables, text

from lianxin.directory.models import Post
from lianxin.duties import rounds
from lianxin.ledger.acts import Refused
from lianxin.ledger.models import Clock, Notice
from lianxin.ledger.sweep import sweep
from lianxin.orders import succession
from lianxin.proceedings.models import Proceeding
from lianxin.rules import policy
from lianxin.rules.policy import PolicyError

pytestmark = pytest.mark.django_db
AT = shanghai("2026-11-23 09:00")
SOON = later(AT, minutes=30)
RULES = tables("jinan-cg")["inspection"]
TYPES = tables("jinan-cg")["units"]["types"]


def under(cast: Cast, name: str, **changes: Any) -> Cast:
    """The centre lives by these rules of inspection from now on."""
    stored(cast, f"inspect{name}", inspection=RULES | changes, units={"types": TYPES})
    return cast


@pytest.fixture
def cast() -> Cast:
    return teams(make_cast("jinan", "jinan-cg"))


def problems(act: Any, *args: Any, **said: Any) -> dict[str, str]:
    with pytest.raises(Refused) as found:
        act(*args, **said)
    return found.value.problems


def test_c29_which_units_inspect_is_the_packs(cast: Cast) -> None:
    under(cast, "units", units=["department"])
    assert problems(begin, cast, AT) == {"": "您所在的单位不能督查立项"}
    begin(cast, AT, by="clerk@bureau")
    none = make_cast("other", "base")
    assert "您所在的单位不能" in problems(begin, none, AT, by="supervisor")[""]
    assert "inspection." not in Site(none).get("supervisor", "/proceedings/").content.decode()


def test_c29_what_is_inspected_for_and_its_records_are_the_packs(cast: Cast) -> None:
    code, title = "night", "夜查"
    records = [{"code": "seen", "title": "夜间记录"}, {"code": "note", "title": "笔录", "issued": True}]
    plain = {"code": code, "title": title, "records": ["seen"]}
    under(cast, "types", types=[plain], records=records)
    assert "请选择督查类型：夜查" in problems(begin, cast, AT)["level"]
    root = begin(cast, AT, code)
    assert problems(conclude, cast, root, SOON) == {"": "夜查还缺夜间记录，补齐后才能作出结论"}
    observe(cast, root, SOON, "seen", files=())  # this book wants no photograph
    conclude(cast, root, later(SOON, minutes=1))
    under(cast, "more", types=[plain | {"records": ["seen", "note"], "of_orders": True}], records=records)
    assert "numbers" in problems(begin, cast, AT, code)
    order = closed(cast, later(AT, hours=-2))[0]
    root = begin(cast, AT, code, numbers=[order.number])
    observe(cast, root, SOON, "seen", files=())
    assert "还缺笔录" in problems(conclude, cast, root, SOON)[""]


def test_c54_c57_in_turn_and_in_two_parts_where_the_pack_says_so(cast: Cast) -> None:
    two = {"code": "two", "title": "两次", "records": ["process", "spot"]}
    under(cast, "free", types=[two])
    root = begin(cast, AT, "two")
    observe(cast, root, SOON)  # the last first
    observe(cast, root, SOON, "process", PROCESS, by="principal@team")
    conclude(cast, root, later(SOON, hours=1))
    under(cast, "strict", types=[two | {"in_turn": True, "earlier": True, "told": False}])
    root = begin(cast, AT, "two")
    assert "须先有处理过程督察" in problems(observe, cast, root, SOON)["observed_at"]
    observe(cast, root, SOON, "process", PROCESS)
    observe(cast, root, later(SOON, hours=1))
    then = later(SOON, hours=2)
    assert "earlier" in problems(conclude, cast, root, then)
    conclude(cast, root, then, earlier=EARLIER)
    number = Proceeding.objects.get(pk=root).number
    assert Site(cast).get("clerk@town", f"/proceedings/{number}/").status_code == 404, "which this type tells nobody"


def test_c29_how_long_how_new_and_how_far_apart_is_the_packs(cast: Cast) -> None:
    under(cast, "loose", apart="1 minutes", least=2, alike="100%")
    root = begin(cast, AT)
    observe(cast, root, SOON, account="正常。")
    observe(cast, root, later(SOON, minutes=1), account="正常了。")
    under(cast, "tight", apart="2 hours", least=30, alike="50%")
    root = begin(cast, AT)
    assert problems(observe, cast, root, SOON, account="正常。") == {"account": "至少写明 30 个字，标点不计"}
    observe(cast, root, SOON)
    then, half = later(SOON, hours=1), ACCOUNT[:25] + PROCESS[:20]
    assert "account" in problems(observe, cast, root, later(SOON, hours=3), account=half)
    assert "至少相隔2小时" in problems(observe, cast, root, then, account=PROCESS)["observed_at"]


def test_c53_how_many_from_when_and_how_often_again_is_the_packs(cast: Cast) -> None:
    closed(cast, later(AT, hours=-2), 4)
    under(cast, "one", sample=1, redraws=0)
    root = draw(cast, AT)
    assert len(said_of(root, "recheck.drawn")["drawn"]) == 1
    again = {"reason": "抽中的地点当日封路，到不了现场。"}
    told = problems(do, cast, "principal@team", "recheck.redrawn", root.pk, SOON, **again)
    assert told == {"": "一次抽样最多重抽 0 次"}
    under(cast, "day", look_back="1 days before")
    assert "近1日" in problems(draw, cast, later(AT, days=2), by="supervisor")[""]


def test_c29_until_when_it_is_concluded_is_the_packs(cast: Cast) -> None:
    due = [Proceeding.objects.get(pk=begin(cast, AT)).due_at]
    without = {name: value for name, value in RULES.items() if name != "within"}
    for name, rules in (("two", RULES | {"within": "2 workdays"}), ("never", without)):
        stored(cast, f"inspect{name}", inspection=rules, units={"types": TYPES})
        due.append(Proceeding.objects.get(pk=begin(cast, AT)).due_at)
    assert due == [shanghai("2026-12-08 00:00"), shanghai("2026-11-26 00:00"), None]


def test_c29_nobody_gives_himself_longer_to_conclude_it(cast: Cast) -> None:
    root = begin(cast, AT, due=later(AT, days=365))
    assert Proceeding.objects.get(pk=root).due_at == shanghai("2026-12-08 00:00")


def test_c29_one_that_is_not_concluded_in_time_is_the_supervisors_to_know_and_one_that_is_is_not(cast: Cast) -> None:
    at = shanghai("2026-11-02 09:00")
    late, done, gone = (begin(cast, at) for _ in range(3))
    observe(cast, done, later(at, minutes=30))
    conclude(cast, done, later(at, hours=1))
    do(cast, "clerk@team", "inspection.withdrawn", gone, later(at, hours=1), reason="立项的单位有误。")
    for root, end in ((done, "met"), (gone, "cancelled")):
        assert Clock.objects.get(proceeding=root).end == end
    sweep(shanghai("2026-11-17 00:00"))
    told = Notice.objects.filter(kind="proceeding.breached", staff=cast.staff["supervisor"])
    assert list(told.values_list("proceeding", flat=True)) == [late]
    page = Site(cast).get("supervisor", f"/proceedings/{Proceeding.objects.get(pk=late).number}/").content.decode()
    assert "作出结论的时限" in page
    assert "逾期" in page
    assert differences() == []


def test_a_type_names_records_that_there_are() -> None:
    book = tables("jinan-cg")
    book["inspection"]["types"][0]["records"] = ["nothing"]
    texts = {"base": (policy.POLICIES / "base.toml").read_text("utf-8")}
    with pytest.raises(PolicyError, match="没有“nothing”"):
        policy.from_texts("jinan-cg", {**texts, "jinan-cg": text(book)}, adopted=False)


def test_c55_a_duty_may_be_met_by_some_levels_alone(cast: Cast) -> None:
    duty = {
        "id": "C55",
        "title": "专项督察",
        "clause": "每月不少于一次专项督察",
        "every": "month",
        "post": "clerk",
        "among": ["inspection"],
        "met_by": ["inspection.concluded"],
    }
    stored(cast, "any", inspection=RULES, units={"types": TYPES}, duty=[duty])
    rounds.run(AT)
    root = begin(cast, AT, "staff")
    observe(cast, root, SOON, "inquiry", files=())
    conclude(cast, root, later(SOON, minutes=1))
    mine = {"unit": cast.units["team"]}
    stored(cast, "some", inspection=RULES, units={"types": TYPES}, duty=[duty | {"levels": ["roster"]}])
    rounds.run(later(SOON, minutes=2))
    assert owed(**mine) == [("C55", "2026-11", "team", "")]
    stored(cast, "any", inspection=RULES, units={"types": TYPES}, duty=[duty])
    rounds.run(later(SOON, minutes=3))
    # What was read once is not read again: the next act of this kind proves it.
    root = begin(cast, AT, "staff")
    observe(cast, root, later(SOON, minutes=20), "inquiry", files=())
    conclude(cast, root, later(SOON, minutes=30))
    rounds.run(later(SOON, minutes=40))
    assert owed(**mine) == [("C55", "2026-11", "team", "done")]


def test_it_stays_with_the_post_that_opened_it_whoever_holds_it(cast: Cast) -> None:
    mine, centre = begin(cast, AT, by="principal@team"), begin(cast, AT, by="supervisor")
    draw_at = later(AT, minutes=1)
    closed(cast, later(AT, hours=-2), 1)
    sample = draw(cast, draw_at)

    def owners() -> list[tuple[str, str]]:
        found = Proceeding.objects.filter(pk__in=[mine, centre, sample.pk]).order_by("pk")
        return list(found.values_list("owner_post__role", "owner_person__username"))

    assert owners() == [
        ("principal", "jinan-principal@team-A"),
        ("supervisor", "jinan-supervisor-A"),
        ("clerk", "jinan-clerk@team-A"),
    ]
    Post.objects.filter(pk=cast.posts["clerk@team"].pk).update(holder_a=cast.staff["line_deputy@team"])
    succession.follow_posts(SOON)
    assert owners()[2] == ("clerk", "jinan-line_deputy@team-A")
    assert owners()[:2] == [("principal", "jinan-principal@team-A"), ("supervisor", "jinan-supervisor-A")]


def test_each_step_of_both_kinds_is_replayed_to_the_same_rows(cast: Cast) -> None:
    lives(make_cast("whole", "jinan-cg"), AT)
    assert differences() == []


def test_c53_at_the_desk_in_few_statements(cast: Cast) -> None:
    closed(cast, later(AT, hours=-2), 5)
    site, root = Site(cast), draw(cast, AT)
    url = f"/proceedings/{root.number}/"
    first, *_ = said_of(root, "recheck.drawn")["drawn"]
    form = site.get("clerk@team", f"{url}recheck.checked/").content.decode()
    assert first in form
    check(cast, root, first, SOON, sound=False)
    form = site.get("clerk@team", f"{url}recheck.checked/").content.decode()
    assert f'value="{first}"' not in form, "gone to already"
    site.get("clerk@team", url)
    with CaptureQueriesContext(connection) as asked:
        page = site.get("clerk@team", url).content.decode()
    assert len(asked) <= 30
    assert f"{first}（不合格）" in page
    assert page.count("不合格") == 2, "in the block, and in what was said"
    assert page.index("登记现场复查") < page.index("重新抽样"), "what comes next stands first"


def test_at_the_desk_faults_stand_beside_their_fields_and_nothing_is_lost(cast: Cast) -> None:
    site = Site(cast)
    url = "/proceedings/new/inspection.opened/"
    wrong = site.at("clerk@section").post(
        url, {"key": "k" * 32, "level": "roster", "inspected": "住建局", "title": "夜查", "text": "夜间值班的情况。"}
    )
    assert wrong.status_code == 422
    page = wrong.content.decode()
    assert "大店分局督查科只督查大店镇的下属单位" in page
    assert "夜间值班的情况。" in page
