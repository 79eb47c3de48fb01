"""谁看过: every look and every file taken, by person, post, kind and days, the odd ones first; for nobody else."""

from __future__ import annotations

import ast
import html
import io
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.cast import Cast, body, later, shanghai
from tests.desk.web import Site
from tests.rulebooks import stored

from lianxin.desk import looks
from lianxin.directory.models import Post
from lianxin.ledger import journal
from lianxin.ledger.acts import Act, Actor
from lianxin.ledger.door import record
from lianxin.ledger.models import Entry, Journal
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order

WEDNESDAY = shanghai("2026-11-25 10:00")
REASON = "联系诉求人核实地址"
DESK = Path(looks.__file__).parent


def text(answer: Any) -> str:
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def rows(site: Site, query: str = "", who: str = "admin") -> list[str]:
    """Each line of the table as text."""
    page = text(site.get(who, f"/looks/{query}"))
    table = re.search(r"<tbody>(.*?)</tbody>", page, re.S)
    lines = re.findall(r"<tr>(.*?)</tr>", table[1], re.S) if table else []
    return [" ".join(re.sub(r"<[^>]+>", " ", line).split()) for line in lines]


def looked(site: Site, query: str = "") -> list[str]:
    """Without the page's own lines."""
    return [line for line in rows(site, query) if "查看谁看过" not in line]


def unmask(cast: Cast, who: str, order: Order, at: datetime, staff: int | None = None) -> None:
    actor = cast.actor(who)
    actor = Actor(actor.role, actor.centre, staff or actor.staff, actor.post, actor.unit)
    record(Act("caller.unmasked", actor, at, {"reason": REASON}, order=order.pk, recorded_at=at))


@pytest.fixture
def order(base: Cast) -> Order:
    """An order at the heat company, signed by its clerk."""
    found = base.register(WEDNESDAY, title="只有办件的人能看的标题")
    base.dispatch(found, later(WEDNESDAY, minutes=1), "heat")
    base.do("clerk@heat", "share.signed", found.pk, later(WEDNESDAY, minutes=2))
    return found


def test_each_way_of_looking_is_listed_with_who_and_when(site: Site, base: Cast, order: Order) -> None:
    npc = body(base)
    at = later(WEDNESDAY, minutes=9)
    unmask(base, "clerk@heat", order, at)
    base.do("supervisor", "order.shown", order.pk, at, reason="deputy", units=[npc.pk])
    assert site.get("clerk@npc", f"/orders/{order.number}/").status_code == 200
    site.at("dispatcher").post("/search/", {"q": "13900002086"})
    site.at("dispatcher").post("/search/", {"q": "刘素芬"})
    site.at("dispatcher").post("/search/", {"q": order.number})
    assert site.get("leader", "/proceedings/sheet.xlsx").status_code == 200
    assert site.get("leader", "/staffing/sheet.xlsx").status_code == 200
    found = looked(site)
    assert len(found) == 6
    said = "\n".join(found)
    assert f"2026-11-25 10:09 {base.staff['clerk@heat'].name} 热力公司 经办人 查看诉求人号码 {order.number}" in said
    assert f"人大代表联系点 经办人 查看开放的工单 {order.number}" in said
    assert "热线中心 派单员 按诉求人检索 电话" in said
    assert "按诉求人检索 姓名" in said
    assert "热线中心 中心领导 导出、下载 专办事项、定期职责 0 行" in said
    assert "导出、下载 单位配备 " in said


def test_by_person_says_how_often_each_looked_in_each_way_and_how_often_oddly(
    site: Site, base: Cast, order: Order
) -> None:
    base.do("dispatcher", "order.urged", order.pk, later(WEDNESDAY, minutes=3), by="caller", text="再催", told="已告知")
    for hour in ("10:00", "11:00"):
        unmask(base, "dispatcher", order, shanghai(f"2026-11-25 {hour}"))
    unmask(base, "leader", order, shanghai("2026-11-25 20:30"))
    for q in ("13900002086", "2086", "刘素芬"):
        site.at("dispatcher").post("/search/", {"q": q})
    site.get("leader", "/proceedings/sheet.xlsx")
    page = text(site.get("admin", "/looks/?view=people"))
    lines = re.findall(r'<th scope="row">(.*?)</th>(.*?)</tr>', page, re.S)
    found = {re.sub("<.*?>", "", who).split()[0]: re.findall(r"\d+", re.sub("<.*?>", " ", row)) for who, row in lines}
    # odd; numbers, sights, files, searches, this list
    assert found[base.staff["leader"].name] == ["1", "1", "0", "1", "0", "0"]
    assert found[base.staff["dispatcher"].name] == ["0", "2", "0", "0", "3", "0"]
    assert next(iter(found)) == base.staff["leader"].name, "whoever looked most oddly stands first"
    assert "按人<b>2</b>" in page


def test_a_search_leaves_no_number_or_name_behind(site: Site, base: Cast, order: Order) -> None:
    for q in ("13900002086", "2086", "刘素芬"):
        site.at("dispatcher").post("/search/", {"q": q})
    noted = [str(line.payload) for line in Journal.objects.filter(action="callers.searched")]
    assert len(noted) == 3
    assert not any("2086" in line or "刘" in line for line in noted)
    post = base.posts["dispatcher"].pk
    assert noted == [str({"by": by, "post": post}) for by in ("phone", "last4", "name")]


def test_the_administrator_is_told_numbers_and_no_content(site: Site, base: Cast, order: Order) -> None:
    unmask(base, "clerk@heat", order, later(WEDNESDAY, minutes=9))
    page = text(site.get("admin", "/looks/"))
    assert order.number in page
    assert f"/orders/{order.number}/" not in page
    for secret in ("只有办件的人能看的标题", REASON, "刘素芬", "13900002086"):
        assert secret not in page
    # Who holds a post besides by which he sees the order gets to it.
    Post.objects.filter(pk=base.posts["supervisor"].pk).update(holder_b=base.staff["admin"])
    assert f'href="/orders/{order.number}/"' in text(site.get("admin", "/looks/"))


def test_only_the_administrator_reads_it_and_his_reading_is_noted(site: Site, base: Cast, order: Order) -> None:
    for who in ("agent", "dispatcher", "supervisor", "leader", "analyst", "clerk@heat", "principal@heat"):
        for path in ("/looks/", "/looks/sheet.xlsx"):
            assert site.get(who, path).status_code == 403
    assert not Journal.objects.filter(action="looks.read").exists()
    # His B only looks while A is there.
    assert site.get("admin:b", "/looks/").status_code == 403
    rows(site, "?who=clerk&kind=unmasked")
    noted = Journal.objects.get(action="looks.read")
    assert noted.staff == base.staff["admin"]
    assert (noted.payload["who"], noted.payload["kind"]) == ("clerk", "unmasked")
    assert any("查看谁看过" in line for line in rows(site))
    site.get("admin", "/looks/sheet.xlsx")
    assert Journal.objects.filter(action="looks.exported").count() == 1
    assert list(verify()) == []


def test_another_centres_looks_are_not_among_them(site: Site, base: Cast, other: Cast) -> None:
    theirs = other.register(WEDNESDAY)
    unmask(other, "dispatcher", theirs, later(WEDNESDAY, minutes=9))
    Site(other).at("dispatcher").post("/search/", {"q": "13900002086"})
    assert looked(site) == []
    assert len(looked(Site(other))) == 2


# --- getting round it -------------------------------------------------------------------------
def test_a_look_through_the_b_post_is_the_persons_own(site: Site, base: Cast, order: Order) -> None:
    post = Post.objects.get(pk=base.posts["clerk@heat"].pk)
    unmask(base, "clerk@heat", order, later(WEDNESDAY, minutes=9), staff=post.holder_b_id)
    (line,) = looked(site)
    assert f"{base.staff['clerk@heat:b'].name} 热力公司 经办人（B角）" in line
    assert looked(site, f"?who={base.staff['clerk@heat:b'].name}") == [line]


def test_every_view_that_hands_out_a_file_notes_it() -> None:
    """Whoever adds a sheet and forgets its line in the journal is found here."""
    forgetful = []
    for path in sorted(DESK.rglob("*.py")):
        for function in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(function, ast.FunctionDef) and _hands_out(function) and not _notes(function):
                forgetful.append(f"{path.name}:{function.name}")
    # The replies note themselves, below the desk; the two others are asked by views that do.
    assert sorted(forgetful) == ["imports.py:_download", "imports.py:_replies", "sheets.py:file"]


def test_each_action_by_which_something_is_taken_has_its_title() -> None:
    """Else the list would name it by its code."""
    written = "\n".join(path.read_text("utf-8") for path in DESK.parent.rglob("*.py"))
    actions = set(re.findall(r'"([a-z_]+\.[a-z_]*exported)"', written))
    assert len(actions) >= 9
    assert actions == looks._FILES.keys()


def _calls(function: ast.FunctionDef) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)


def _hands_out(function: ast.FunctionDef) -> bool:
    said = ast.unparse(function)
    return "attachment; filename" in said or {"sheets.answer", "_download"} & {*_calls(function)} != set()


def _notes(function: ast.FunctionDef) -> bool:
    actions = re.findall(r"'([a-z._]+)'|EXPORTED", ast.unparse(function))
    named = any(action.endswith("exported") for action in actions) or "EXPORTED" in ast.unparse(function)
    return named and bool({"taken.note", "journal.write"} & {*_calls(function)})


def test_what_is_taken_from_the_administration_is_listed_too(site: Site, base: Cast) -> None:
    admin = base.staff["admin"]
    admin.is_staff = True
    admin.save()
    assert site.get("admin", "/admin/directory/staff/export/").status_code == 200
    (line,) = looked(site)
    assert "导出、下载 导出人员" in line


# --- odd --------------------------------------------------------------------------------------
def rule(cast: Cast, name: str, **looking: Any) -> None:
    plain = {"office_posts": [], "usual": "28 days", "times": 3, "least": 20, "orders": []}
    named = {"id": "odd:rule", "title": "异常查看", "origin": "测试", "sets": ["looking"]}
    stored(cast, name, looking=plain | looking, rule=[named])


def test_what_is_odd_stands_first_with_its_reason(site: Site, base: Cast, order: Order) -> None:
    unmask(base, "agent", order, shanghai("2026-11-25 12:30"))
    unmask(base, "clerk@heat", order, shanghai("2026-11-25 20:30"))
    unmask(base, "clerk@heat", order, shanghai("2026-11-25 15:00"))
    unmask(base, "dispatcher", order, shanghai("2026-11-25 21:00"))
    found = looked(site)
    assert "非办公时间" in found[0]
    assert "2026-11-25 20:30" in found[0]
    assert not any("非办公时间" in line for line in found[1:]), "those on shifts look at night"
    assert looked(site, "?view=odd") == found[:1]


def test_which_posts_keep_office_hours_is_the_packs(site: Site, base: Cast, order: Order) -> None:
    unmask(base, "clerk@heat", order, shanghai("2026-11-25 20:30"))
    unmask(base, "dispatcher", order, shanghai("2026-11-22 10:00") + timedelta(days=3, hours=11))
    rule(base, "none")
    assert looked(site, "?view=odd") == []
    rule(base, "dispatchers", office_posts=["dispatcher"])
    (line,) = looked(site, "?view=odd")
    assert "派单员" in line
    assert "非办公时间" in line


def test_of_which_orders_a_look_is_odd_is_the_packs(site: Site, base: Cast, order: Order) -> None:
    mine = base.register(WEDNESDAY, confidential=True)
    unmask(base, "leader", order, later(WEDNESDAY, minutes=30))
    unmask(base, "agent", mine, later(WEDNESDAY, minutes=31))
    rule(base, "plain")
    assert looked(site, "?view=odd") == []
    rule(base, "strangers", orders=["not_own"])
    (line,) = looked(site, "?view=odd")
    assert "中心领导" in line
    assert "不是本人经办的工单" in line
    rule(base, "secret", orders=["confidential"])
    (line,) = looked(site, "?view=odd")
    assert "坐席" in line
    assert "诉求人要求保密" in line
    flagged = {"flag": "abuse", "reason": "多次辱骂话务员。"}
    base.do("supervisor", "caller.flagged", order.pk, later(WEDNESDAY, minutes=40), **flagged)
    rule(base, "marked", orders=["flagged"])
    marked = looked(site, "?view=odd")
    assert len(marked) == 2, "the same caller"
    assert all("诉求人有标记" in line for line in marked)
    assert "辱骂" not in "".join(marked)


def many(base: Cast, who: str, order: Order, day: str, times: int) -> None:
    for n in range(times):
        unmask(base, who, order, shanghai(f"{day} 10:00") + timedelta(minutes=n))


@pytest.fixture
def old(base: Cast) -> Order:
    """An order at the heat company since the beginning of the month."""
    at = shanghai("2026-11-02 09:00")
    found = base.register(at)
    base.dispatch(found, at, "heat")
    base.do("clerk@heat", "share.signed", found.pk, later(at, minutes=2))
    return found


def test_far_more_than_usual_is_odd_and_says_what_is_usual(site: Site, base: Cast, old: Order) -> None:
    many(base, "clerk@heat", old, "2026-11-10", 2)
    many(base, "clerk@heat", old, "2026-11-12", 1)
    many(base, "clerk@heat", old, "2026-11-25", 6)
    rule(base, "six", times=3, least=6)
    found = looked(site, "?view=odd")
    assert len(found) == 6
    # (2 + 1) / 2 days = 1.5 a day; 6 is more than three times that.
    assert all("当日查看诉求人号码 6 次，本人平时每天 1.5 次" in line for line in found)
    rule(base, "four", times=4, least=6)
    assert looked(site, "?view=odd") == [], "6 is not more than 4 × 1.5"
    rule(base, "seven", times=3, least=7)
    assert looked(site, "?view=odd") == []
    rule(base, "short", times=3, least=6, usual="14 days")
    (line, *_) = looked(site, "?view=odd")
    assert "本人平时每天 1.0 次" in line, "the 10th lies further back"


def test_who_never_looked_is_held_against_his_post_and_else_against_nothing(site: Site, base: Cast, old: Order) -> None:
    base.post("second@heat", "heat", "clerk", "第二经办人")
    many(base, "second@heat", old, "2026-11-12", 2)
    many(base, "clerk@heat", old, "2026-11-25", 7)
    rule(base, "seven", times=3, least=6)
    (line, *_) = looked(site, "?view=odd")
    assert "当日查看诉求人号码 7 次，同岗位平时每人每天 2.0 次" in line
    many(base, "hotline_deputy@heat", old, "2026-11-25", 6)
    found = looked(site, "?view=odd&post=hotline_deputy")
    assert "当日查看诉求人号码 6 次，平时没有" in found[0]


def test_the_others_at_his_post_are_the_others_alone(site: Site, base: Cast, old: Order) -> None:
    base.post("second@heat", "heat", "clerk", "第二经办人")
    many(base, "clerk@heat", old, "2026-11-10", 4)
    many(base, "second@heat", old, "2026-11-12", 1)
    many(base, "clerk@heat", old, "2026-11-25", 7)
    rule(base, "seven", times=3, least=6)
    # 7 is no more than 3 × his own 4, and no more than 3 × the 2.5 of both.
    (line, *_) = looked(site, "?view=odd")
    assert "当日查看诉求人号码 7 次，同岗位平时每人每天 1.0 次" in line


def test_the_reason_leads_to_what_it_rests_on(site: Site, base: Cast, old: Order) -> None:
    many(base, "clerk@heat", old, "2026-11-24", 2)
    many(base, "clerk@heat", old, "2026-11-25", 6)
    rule(base, "six", times=2, least=6)
    page = text(site.get("admin", "/looks/?view=odd"))
    link = re.search(r'<a class="lx-s" href="(\?[^"]+)">本人当日同类查看</a>', page)
    assert link
    assert len(looked(site, link[1])) == 6


# --- what may be asked ------------------------------------------------------------------------
def test_one_asks_by_person_post_kind_and_days(site: Site, base: Cast, order: Order, old: Order) -> None:
    unmask(base, "clerk@heat", order, shanghai("2026-11-25 15:00"))
    unmask(base, "agent", old, shanghai("2026-11-03 15:00"))
    site.at("dispatcher").post("/search/", {"q": "13900002086"})
    assert len(looked(site)) == 2, "the last seven days"
    assert len(looked(site, "?first=2026-11-01")) == 3
    assert len(looked(site, "?first=2026-11-03&last=2026-11-03")) == 1
    assert len(looked(site, "?first=2026-11-04&last=2026-11-24")) == 0
    assert len(looked(site, "?kind=unmasked")) == 1
    assert len(looked(site, "?kind=search")) == 1
    assert len(looked(site, "?kind=export")) == 0
    assert len(looked(site, "?post=clerk")) == 1
    assert len(looked(site, "?who=热力公司")) == 1
    assert looked(site, "?who=没有这个人") == []
    people = rows(site, "?view=people&first=2026-11-01")
    assert len(people) == 4
    assert people[0].startswith(base.staff["agent"].name) is False


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("?first=x", "日期应写作"),
        ("?first=2026-11-20&last=2026-11-10", "起始日期不能晚于截止日期"),
        ("?last=2027-01-01", "截止日期不能晚于今天"),
        ("?first=2026-01-01", "一次最多看 92 天"),
        ("?last=0001-01-03", "日期应写作"),
    ],
)
def test_what_is_no_period_is_said_and_the_usual_one_shown(site: Site, query: str, sentence: str) -> None:
    page = text(site.get("admin", f"/looks/{query}"))
    assert sentence in page
    # What was typed stays in its field.
    for name, value in ({"first": "2026-11-20", "last": "2026-11-26"} | dict(parse_qsl(query[1:]))).items():
        assert f'name="{name}" value="{value}"' in page


def test_what_nobody_can_ask_for_is_left_out(site: Site) -> None:
    for query in ("?kind=x&post=y&view=z&page=x", "?page=99999", "?who=%00", f"?who={'长' * 500}", "?page=-1"):
        assert site.get("admin", f"/looks/{query}").status_code == 200


def test_the_sheet_has_the_same_lines(site: Site, base: Cast, order: Order) -> None:
    unmask(base, "clerk@heat", order, shanghai("2026-11-25 20:30"))
    unmask(base, "clerk@heat", order, shanghai("2026-11-25 15:00"))
    answer = site.get("admin", "/looks/sheet.xlsx?kind=unmasked")
    head, *lines = openpyxl.load_workbook(io.BytesIO(answer.content)).active.values
    assert head == ("时间", "人员", "岗位", "方式", "工单", "内容", "异常")
    assert [line[0] for line in lines] == ["2026-11-25 20:30", "2026-11-25 15:00"]
    assert lines[0][4:] == (order.number, None, "非办公时间") or lines[0][4:] == (order.number, "", "非办公时间")
    only = site.get("admin", "/looks/sheet.xlsx?kind=unmasked&view=odd")
    assert len(list(openpyxl.load_workbook(io.BytesIO(only.content)).active.values)) == 2


def test_fifty_a_page_at_the_cost_of_one(site: Site, base: Cast, order: Order) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            site.get("admin", "/looks/?kind=unmasked")
        return len(asked)

    unmask(base, "clerk@heat", order, later(WEDNESDAY, minutes=3))
    cost()
    one = cost()
    many(base, "clerk@heat", order, "2026-11-25", 60)
    assert cost() == one <= 20
    assert len(looked(site, "?kind=unmasked")) == 50
    assert len(looked(site, "?kind=unmasked&page=2")) == 11


def test_it_goes_by_its_indexes(base: Cast) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        entries = Entry.objects.filter(action="caller.unmasked", at__gte=WEDNESDAY).explain()
        lines = Journal.objects.filter(looks.LOOKED, centre=base.centre.pk, at__gte=WEDNESDAY).explain()
    assert "entry_unmaskings" in entries
    assert "journal_looks" in lines


def test_of_no_look_all_orders_are_read(site: Site, base: Cast, order: Order) -> None:
    """They grow for years, and the looks of a month do not."""
    unmask(base, "clerk@heat", order, later(WEDNESDAY, minutes=3))
    with CaptureQueriesContext(connection) as asked:
        site.get("admin", "/looks/")
    mine = [query["sql"] for query in asked if "caller.unmasked" in query["sql"].partition(" WHERE ")[2]]
    assert len(mine) == 2
    assert not any("JOIN" in sql for sql in mine)


def test_it_is_one_step_from_the_administrators_home(site: Site) -> None:
    assert 'href="/looks/"' in text(site.get("admin", "/"))


def test_older_lines_without_a_post_are_his_only_one(site: Site, base: Cast) -> None:
    journal.write(
        base.centre.pk, "replies.exported", at=timezone.now(), staff=base.staff["dispatcher"].pk, payload={"rows": 3}
    )
    (line,) = looked(site, "?post=dispatcher")
    assert "派单员 导出、下载 回传上级的答复 3 行" in line
