"""The bulletin and the figures on the desk."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from tests.cast import Cast, later, request, shanghai
from tests.orders.test_whole_life import walk

from lianxin.bulletins import issue
from lianxin.bulletins.gather import gather
from lianxin.bulletins.models import Feature, Publication
from lianxin.bulletins.weekly import figure
from lianxin.desk.models import Draft
from lianxin.directory.models import Unit
from lianxin.ledger.acts import Act
from lianxin.ledger.door import record
from lianxin.ledger.models import Journal
from lianxin.rules.worktime import SHANGHAI

WEEK = "2021-W43"


@pytest.fixture
def week(cast: Cast) -> datetime:
    """One order handled in week 43 of 2021."""
    at = shanghai("2021-10-27 09:00")
    order = cast.register(at)
    cast.dispatch(order, at, "heat")
    walk(cast, order, at)
    return at


def publish(client: Client, week: str = WEEK, **form: str) -> Any:
    """As a person does it: what the page of confirmation says is read, and its form is sent."""
    address = f"/bulletins/{week}/publish/"
    page = client.get(f"{address}?{'corrected=1' if form.get('corrected') else ''}").content.decode()
    fields = dict(re.findall(r'name="(read|known|corrected)" value="([^"]*)"', page))
    return client.post(address, fields | form)


def client_of(cast: Cast, who: str) -> Client:
    client = Client()
    client.force_login(cast.staff[who])
    return client


@pytest.mark.usefixtures("week")
def test_the_bulletin_opens_its_numbers(cast: Cast) -> None:
    client = client_of(cast, "leader")
    page = client.get(f"/bulletins/{WEEK}/").content.decode()
    assert "共受理市民诉求" in page
    assert f"/bulletins/{WEEK}/orders/?key=accepted" in page
    behind = client.get(f"/bulletins/{WEEK}/orders/?key=accepted").content.decode()
    assert "20211027-0001" in behind


@pytest.mark.usefixtures("week")
@pytest.mark.parametrize(("ending", "head"), [("docx", b"PK"), ("pdf", b"%PDF")])
def test_it_is_taken_away_as_a_file_and_that_is_in_the_journal(cast: Cast, ending: str, head: bytes) -> None:
    answer = client_of(cast, "leader").get(f"/bulletins/{WEEK}.{ending}")
    assert answer.content.startswith(head)
    assert Journal.objects.filter(action="bulletin.exported").count() == 1


@pytest.mark.usefixtures("week")
def test_a_leader_publishes_once(cast: Cast) -> None:
    client = client_of(cast, "leader")
    for _ in range(2):
        publish(client)
    assert Publication.objects.get().figures.get(key="accepted").shown == "1"


@pytest.mark.usefixtures("week")
@pytest.mark.parametrize("who", ["agent", "callback"])
def test_others_do_not_publish(cast: Cast, who: str) -> None:
    assert client_of(cast, who).post(f"/bulletins/{WEEK}/publish/").status_code == 403
    assert not Publication.objects.exists()


@pytest.mark.usefixtures("week")
def test_a_unit_does_not_see_the_centres_bulletin_and_a_stranger_not_its_orders(cast: Cast, other: Cast) -> None:
    assert client_of(cast, "clerk@heat").get(f"/bulletins/{WEEK}/").status_code == 404
    assert (
        "20211027-0001"
        not in client_of(other, "leader").get(f"/bulletins/{WEEK}/orders/?key=accepted").content.decode()
    )


@pytest.mark.parametrize(
    "path",
    [
        "2021-W99/",
        "abc/",
        "0001-W01/",
        "9999-W52/",
        *(
            f"{WEEK}/orders/?key={key}"
            for key in (
                "nonsense",
                "accepted.category.x",
                "accepted.category.999999999999999999999",
                "accepted.unit.1",
                "handled.unit.99999999999999999999",
                "contacts.source.city",
                "accepted.class.%00",
                "accepted.day.1",
                "daily_mean.unit.1",
            )
        ),
    ],
)
def test_garbage_is_not_found(cast: Cast, path: str) -> None:
    assert client_of(cast, "leader").get(f"/bulletins/{path}").status_code == 404


@pytest.mark.parametrize("page", ["bulletins", "figures"])
@pytest.mark.parametrize("week", ["a/b", "2021-W99", "0001-W01", "9999-W52", "2021%00", "二〇二一"])
def test_a_week_that_is_none_is_answered_by_a_sentence(cast: Cast, page: str, week: str) -> None:
    answer = client_of(cast, "leader").get(f"/{page}/?week={week}", follow=True)
    assert answer.status_code == 200
    assert "周次" in answer.content.decode().split('role="alert"')[1].split("</p>")[0]


@pytest.mark.usefixtures("week")
def test_a_figure_of_the_page_opens_its_orders_also_for_the_unit_itself(cast: Cast) -> None:
    heat, bureau = (cast.units[name].pk for name in ("heat", "bureau"))
    page = client_of(cast, "clerk@heat").get(f"/figures/?week={WEEK}").content.decode()
    assert f"key=handled.unit.{heat}" in page
    own = client_of(cast, "clerk@heat").get(f"/bulletins/{WEEK}/orders/?key=handled.unit.{heat}")
    assert "20211027-0001" in own.content.decode()
    for who, key in (("clerk@heat", f"handled.unit.{bureau}"), ("clerk@heat", "accepted"), ("admin", "accepted")):
        assert client_of(cast, who).get(f"/bulletins/{WEEK}/orders/?key={key}").status_code == 404


@pytest.mark.usefixtures("week")
def test_b05_dwell_per_node_stands_on_the_page_of_figures(cast: Cast) -> None:
    page = client_of(cast, "supervisor").get(f"/figures/?week={WEEK}").content.decode()
    dwells = page.split("<h2>环节停留</h2>")[1]
    assert "签收" in dwells
    assert "10 分" in dwells


@pytest.mark.usefixtures("week")
def test_d08_the_centre_writes_its_article_on_the_desk(cast: Cast) -> None:
    client = client_of(cast, "analyst")
    address = f"/bulletins/{WEEK}/article/"
    wrong = client.post(address, {"text": "# 题目\n\n![图](x.png)"})
    assert wrong.status_code == 422
    assert "图片" in wrong.content.decode()
    text = "# 某镇推行一线工作法\n\n## 一、到户\n\n工单到村，责任到人。"
    assert client.post(address, {"text": text}).status_code == 302
    page = client.get(f"/bulletins/{WEEK}/").content.decode()
    assert "某镇推行一线工作法" in page
    assert "工单到村，责任到人。" in page
    assert Journal.objects.get(action="bulletin.article_written").payload["text"] == text
    publish(client_of(cast, "leader"))
    assert "已经发布" in client.post(address, {"text": text}).content.decode()


def _open(client: Client) -> dict[str, str]:
    """The page on which the article is written, as its form sends it back."""
    page = client.get(f"/bulletins/{WEEK}/article/").content.decode()
    found = {name: re.search(rf'name="{name}" value="([^"]*)"', page) for name in ("form", "over")}
    return {name: mark[1] for name, mark in found.items() if mark}


@pytest.mark.usefixtures("week")
def test_k8_an_article_that_is_being_written_is_kept(cast: Cast) -> None:
    client, address = client_of(cast, "analyst"), f"/bulletins/{WEEK}/article/"
    text = "# 某镇推行一线工作法\n\n工单到村。"
    assert client.post("/drafts/", _open(client) | {"text": text}).status_code == 204
    again = client.get(address).content.decode()
    assert "工单到村。" in again
    assert "已恢复" in again
    assert "工单到村。" not in client_of(cast, "leader").get(address).content.decode(), "it is its writer's alone"
    wrong = client.post(address, _open(client) | {"text": f"{text}\n\n![图](x.png)"})
    assert wrong.status_code == 422
    assert "![图](x.png)" in client.get(address).content.decode(), "what was refused too"
    signed_out = Client().post(address, _open(client) | {"text": text})
    assert signed_out.status_code == 401, "it goes through the sign-in page"
    assert client.post(address, _open(client) | {"text": text}).status_code == 302
    assert not Draft.objects.exists()


@pytest.mark.usefixtures("week")
def test_k3_an_article_is_not_written_over_unseen(cast: Cast) -> None:
    address = f"/bulletins/{WEEK}/article/"
    mine, theirs = client_of(cast, "analyst"), client_of(cast, "leader")
    opened = _open(mine)
    assert theirs.post(address, _open(theirs) | {"text": "# 他写的\n\n他的一段。"}).status_code == 302
    answer = mine.post(address, opened | {"text": "# 我写的\n\n我的一段。"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "内容已更新" in page
    assert "我的一段。" in page
    assert "他的一段。" in page
    assert Feature.objects.get().text.startswith("# 他写的")
    assert mine.post(address, _open(mine) | {"text": "# 我写的\n\n我的一段。"}).status_code == 302
    assert Feature.objects.get().text.startswith("# 我写的")


@pytest.mark.usefixtures("week")
def test_an_article_without_its_line_in_the_journal_is_none(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise RuntimeError("the machine goes off")

    monkeypatch.setattr("lianxin.bulletins.issue.journal.write", fails)
    client = client_of(cast, "leader")
    client.raise_request_exception = False
    answer = client.post(f"/bulletins/{WEEK}/article/", _open(client) | {"text": "# 题目\n\n一段。"})
    assert answer.status_code == 500
    assert not Feature.objects.exists()


@pytest.mark.parametrize("who", ["agent", "clerk@heat"])
def test_others_do_not_write_it(cast: Cast, who: str) -> None:
    assert client_of(cast, who).post(f"/bulletins/{WEEK}/article/", {"text": "# 题目"}).status_code in (403, 404)
    assert not Feature.objects.exists()


@pytest.mark.usefixtures("week")
def test_what_is_recorded_later_for_the_time_before_stands_as_a_correction(cast: Cast) -> None:
    client = client_of(cast, "leader")
    publish(client)
    assert "<h2>更正</h2>" not in client.get(f"/bulletins/{WEEK}/").content.decode()
    cast.register(shanghai("2021-10-28 10:00"))
    page = client.get(f"/bulletins/{WEEK}/").content.decode()
    correction = page.split("<h2>更正</h2>")[1].split("</table>")[0]
    assert "受理量" in correction
    assert "<td>1</td><td>2</td>" in correction


@pytest.mark.usefixtures("week")
def test_what_was_published_is_shown_as_it_was_whatever_changed_since(cast: Cast) -> None:
    client = client_of(cast, "leader")
    text = "# 某镇推行一线工作法\n\n## 一、到户\n\n工单到村，责任到人。"
    client.post(f"/bulletins/{WEEK}/article/", {"text": text})
    publish(client)
    before = [client.get(f"/bulletins/{WEEK}{rest}").content.decode(errors="replace") for rest in ("/", ".docx")]
    assert cast.units["heat"].name in before[0]
    cast.centre.name = "另一个热线中心"
    cast.centre.save()
    cast.units["heat"].short_name = cast.units["heat"].name = "改了名的公司"
    cast.units["heat"].save()
    cast.register(shanghai("2021-10-28 10:00"))
    page = client.get(f"/bulletins/{WEEK}/").content.decode()
    sheets = [text.split('class="lx-sheets"')[1] for text in (before[0], page)]
    assert sheets[0] == sheets[1]
    assert "改了名的公司" not in client.get(f"/bulletins/{WEEK}.docx").content.decode(errors="replace")
    behind = {
        frozen: client.get(f"/bulletins/{WEEK}/orders/?key=accepted{frozen}").content.decode()
        for frozen in ("", "&published=1")
    }
    assert "2 件工单" in behind[""]
    assert "1 件工单" in behind["&published=1"]
    assert f"/bulletins/{WEEK}/orders/?key=accepted&amp;published=1" in page


def test_a_number_that_was_not_published_opens_nothing(cast: Cast) -> None:
    for key in ("accepted", "no", "%00", f"handled.unit.{'9' * 5000}"):
        for frozen in ("", "&published=1"):
            status = client_of(cast, "leader").get(f"/bulletins/{WEEK}/orders/?key={key}{frozen}").status_code
            assert status == (200 if (key, frozen) == ("accepted", "") else 404)


def test_the_running_week_is_counted_up_to_now(cast: Cast) -> None:
    """What is due later this week is not overdue."""
    now = timezone.now().astimezone(SHANGHAI)
    monday = now.date() - timedelta(days=now.weekday())
    assert gather(cast.centre.pk, monday, monday + timedelta(days=6)).scope.cutoff <= timezone.now()
    page = client_of(cast, "leader").get(f"/figures/?week={now:%G-W%V}").content.decode()
    assert f"截至 {now:%m-%d} " in page


@pytest.mark.usefixtures("week")
def test_b01_the_two_core_figures_stand_first(cast: Cast) -> None:
    for who in ("leader", "clerk@heat", "supervisor"):
        page = client_of(cast, who).get(f"/figures/?week={WEEK}").content.decode()
        first = page.split("核心指标")[1].split("</section>")[0]
        assert "限时办结率" in first
        assert "群众满意率" in first
        assert "100.00%" in first


def test_a37_towns_and_departments_are_never_in_one_table(cast: Cast, week: datetime) -> None:
    cast.dispatch(cast.register(week), week, "town")
    page = client_of(cast, "leader").get(f"/figures/?week={WEEK}").content.decode()
    _, towns, departments, dwells = page.split('<table class="lx-table">')
    assert "大店镇" in towns
    assert "热力公司" not in towns
    assert "热力公司" in departments
    assert "大店镇" not in departments
    assert "大店镇" not in dwells


@pytest.mark.usefixtures("week")
def test_a_unit_sees_its_own_figures_only(cast: Cast) -> None:
    page = client_of(cast, "clerk@bureau").get(f"/figures/?week={WEEK}").content.decode()
    assert "热力公司" not in page
    assert 'class="lx-table"' not in page


def test_the_figures_cost_a_statement_a_relation_however_many_units(
    cast: Cast, week: datetime, django_assert_max_num_queries: Any
) -> None:
    client = client_of(cast, "leader")
    with django_assert_max_num_queries(19):
        client.get(f"/figures/?week={WEEK}")


@pytest.mark.usefixtures("week")
def test_publishing_asks_first_and_says_what_freezes(cast: Cast) -> None:
    client = client_of(cast, "leader")
    page = client.get(f"/bulletins/{WEEK}/").content.decode()
    assert "核对并发布第43期" in page
    assert f'action="/bulletins/{WEEK}/publish/"' not in page, "one click publishes nothing"
    asked = client.get(f"/bulletins/{WEEK}/publish/").content.decode()
    assert "不能撤回" in asked
    assert "热线信息不能再改" in asked
    assert not Publication.objects.exists()


@pytest.mark.usefixtures("week")
def test_what_changed_after_it_was_read_is_not_published(cast: Cast) -> None:
    client = client_of(cast, "leader")
    address = f"/bulletins/{WEEK}/publish/"
    read = re.findall(r'name="read" value="([^"]*)"', client.get(address).content.decode())[0]
    cast.register(shanghai("2021-10-28 10:00"))
    again = client.post(address, {"read": read}).content.decode()
    assert "内容已更新" in again
    assert not Publication.objects.exists()
    assert client.post(address, {"read": re.findall(r'name="read" value="([^"]*)"', again)[0]}).status_code == 302
    assert Publication.objects.get().figures.get(key="accepted").shown == "2"


@pytest.mark.usefixtures("week")
@pytest.mark.parametrize("sent", [{}, {"read": ""}, {"known": "1"}, {"corrected": "1"}])
def test_23_what_was_not_read_is_not_published(cast: Cast, sent: dict[str, str]) -> None:
    client = client_of(cast, "leader")
    answer = client.post(f"/bulletins/{WEEK}/publish/", sent)
    assert (answer.status_code, Publication.objects.count()) == (422, 0)
    assert "须先核对本页列出的内容" in answer.content.decode()
    read = re.findall(r'name="read" value="([^"]+)"', answer.content.decode())
    assert client.post(f"/bulletins/{WEEK}/publish/", {"read": read[0]}).status_code == 302
    assert Publication.objects.count() == 1


#: What may be found wrong with an order after the cut-off, and the numbers that then read otherwise.
AFTERWARDS: list[tuple[str, str, dict[str, Any], str]] = [
    ("agent", "order.corrected", {"cls": "suggestion"}, "accepted.class.help"),
    ("agent", "order.corrected", {"source": "county"}, "accepted.source.city"),
    ("supervisor", "order.excluded", {"excluded": True, "reason": "诉求无事实依据，剔除。"}, "result_satisfaction"),
    ("supervisor", "order.invalidated", {"reason": "测试电话。", "told": "无需告知。"}, "accepted"),
]


@pytest.mark.parametrize(("who", "verb", "payload", "key"), AFTERWARDS)
def test_corrections_after_publication_are_listed_and_before_it_counted_in(
    cast: Cast, who: str, verb: str, payload: dict[str, Any], key: str
) -> None:
    at = shanghai("2021-10-27 09:00")
    order = cast.register(at)
    if verb == "order.excluded":
        cast.dispatch(order, at, "heat")
        done = walk(cast, order, at)
        grades = {"layer": "city", "process_grade": "satisfied", "result_grade": "satisfied", "solved": True}
        cast.do("system", "callback.recorded", order.pk, later(done, hours=1), **grades)
        key = f"{key}.unit.{cast.units['heat'].pk}"
    first, last = date(2021, 10, 25), date(2021, 10, 31)
    leader = cast.actor("leader")
    cast.do(who, verb, order.pk, shanghai("2021-11-02 09:00"), **payload)
    now = timezone.now()
    # Before publication: the draft can be had both ways, and says what the difference is.
    draft = issue.weekly(cast.centre, first, last)
    assert key in [line.key for line in issue.pending(draft, issue.weekly(cast.centre, first, last, known=now))]
    client = client_of(cast, "leader")
    assert "截止以后的更正" in client.get(f"/bulletins/{WEEK}/").content.decode()
    assert "已计入这些更正" in client.get(f"/bulletins/{WEEK}/?corrected=1").content.decode()
    # Published as of the cut-off, it is listed from the first day on.
    with transaction.atomic():
        out = issue.publish(cast.centre, first, last, actor=leader, at=now)
        listed = issue.corrections(out, issue.weekly(cast.centre, first, last, known=now))
        assert key in [line.key for line in listed]
        page = client.get(f"/bulletins/{WEEK}/").content.decode()
        assert "<h2>更正</h2>" in page
        transaction.set_rollback(True)
    # Published with it counted in, there is nothing to correct.
    publish(client, corrected="1")
    out = Publication.objects.get()
    assert out.known is not None
    assert issue.corrections(out, issue.weekly(cast.centre, first, last, known=now)) == []


@pytest.mark.usefixtures("week")
def test_a_number_that_fell_out_of_the_leading_ones_is_compared_with_what_it_would_read(cast: Cast) -> None:
    made = issue.weekly(cast.centre, date(2021, 10, 25), date(2021, 10, 31))
    assert figure(made.gathered.figures, made.gathered.pack, "accepted.class.help") == "1"
    unit = cast.units["heat"].pk
    assert figure(made.gathered.figures, made.gathered.pack, f"handled.unit.{unit}") == "1"
    assert figure(made.gathered.figures, made.gathered.pack, "accepted.category.999") == "0"


@pytest.mark.parametrize("page", ["bulletins/{}/", "bulletins/?week={}", "figures/?week={}", "bulletins/{}/orders/"])
@pytest.mark.parametrize(("week", "words"), [("2025-W53", "2025 年只有 52 周"), ("2090-W10", "还没有开始")])
def test_a_week_that_does_not_exist_opens_no_other_one(cast: Cast, page: str, week: str, words: str) -> None:
    answer = client_of(cast, "leader").get(f"/{page.format(week)}", follow=True)
    assert words in answer.content.decode()
    assert "2026-W01" not in answer.content.decode()


def test_week_53_exists_where_it_does(cast: Cast) -> None:
    assert client_of(cast, "leader").get("/bulletins/2020-W53/").status_code == 200


@pytest.mark.usefixtures("week")
def test_the_page_says_what_is_on_time_and_which_overdue_it_means(cast: Cast) -> None:
    page = client_of(cast, "leader").get(f"/figures/?week={WEEK}").content.decode()
    assert "以审核通过的那次答复为准" in page
    assert "目前在办而已逾期的" in page
    assert "on_time_closed" not in page, "formulas are in words"
    assert "按时办结量 ÷ 办结量" in page


@pytest.mark.usefixtures("week")
def test_one_rate_reads_the_same_on_both_pages(cast: Cast) -> None:
    """83.33 % here and 83 % there."""
    pack = gather(cast.centre.pk, date(2021, 10, 25), date(2021, 10, 31)).pack
    thirds = {"result_satisfied": 5, "result_graded": 6}
    assert pack.formulas["satisfaction"].show(thirds) == pack.formulas["result_satisfaction"].show(thirds) == "83%"


def test_a_list_of_the_running_week_is_counted_up_to_the_moment_of_its_number(cast: Cast) -> None:
    now = timezone.now()
    monday = now.astimezone(SHANGHAI).date() - timedelta(days=now.astimezone(SHANGHAI).weekday())
    start = datetime.combine(monday, datetime.min.time(), SHANGHAI)
    cast.register(start)
    client, week = client_of(cast, "leader"), f"{monday:%G-W%V}"
    page = client.get(f"/figures/?week={week}").content.decode()
    link = re.findall(r'href="(/bulletins/[^"]*key=accepted&amp;at=\d+)"', page)[0].replace("&amp;", "&")
    later_than_the_page = Act("order.registered", cast.actor("agent"), timezone.now(), request())
    record(later_than_the_page)
    assert "1 件工单" in client.get(link).content.decode()
    for wrong in ("x", "0", "9" * 17, "9" * 30):
        assert client.get(f"/bulletins/{week}/orders/?key=accepted&at={wrong}").status_code == 404


@pytest.mark.usefixtures("week")
def test_what_was_counted_is_kept_until_history_is_recorded(cast: Cast, django_assert_max_num_queries: Any) -> None:
    client = client_of(cast, "leader")
    address = f"/figures/?week={WEEK}"

    def accepted() -> str:
        page = client.get(address).content.decode()
        return re.findall(r'key=accepted">(\d+)<', page)[0]

    assert accepted() == "1"
    with django_assert_max_num_queries(8):
        assert accepted() == "1"
    cast.register(shanghai("2021-10-28 10:00"))
    assert accepted() == "2"
    cast.units["heat"].short_name = "热力"
    cast.units["heat"].save()
    assert "热力公司" in client.get(address).content.decode(), "its name of that week"


@pytest.mark.usefixtures("week")
def test_controls_in_a_name_break_no_document(cast: Cast) -> None:
    Unit.objects.filter(pk=cast.units["heat"].pk).update(short_name="热\x0b力\x07公司")
    client = client_of(cast, "leader")
    for ending in ("docx", "pdf"):
        assert client.get(f"/bulletins/{WEEK}.{ending}").status_code == 200
    client.post(f"/bulletins/{WEEK}/article/", {"text": "# 题目\x0b\n\n第一段。\x0b第二段\x07。"})
    publish(client)
    for ending in ("docx", "pdf"):
        assert client.get(f"/bulletins/{WEEK}.{ending}").status_code == 200
