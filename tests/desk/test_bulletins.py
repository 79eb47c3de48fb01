"""The bulletin and the figures on the desk."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from tests.cast import Cast, shanghai
from tests.orders.test_whole_life import walk

from lianxin.bulletins.gather import gather
from lianxin.bulletins.models import Feature, Publication
from lianxin.orders.models import Journal
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
        client.post(f"/bulletins/{WEEK}/publish/")
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
                "handled.source.city",
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
    client_of(cast, "leader").post(f"/bulletins/{WEEK}/publish/")
    assert "已经发布" in client.post(address, {"text": text}).content.decode()


@pytest.mark.parametrize("who", ["agent", "clerk@heat"])
def test_others_do_not_write_it(cast: Cast, who: str) -> None:
    assert client_of(cast, who).post(f"/bulletins/{WEEK}/article/", {"text": "# 题目"}).status_code in (403, 404)
    assert not Feature.objects.exists()


@pytest.mark.usefixtures("week")
def test_what_is_recorded_later_for_the_time_before_stands_as_a_correction(cast: Cast) -> None:
    client = client_of(cast, "leader")
    client.post(f"/bulletins/{WEEK}/publish/")
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
    client.post(f"/bulletins/{WEEK}/publish/")
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


def test_the_figures_cost_four_statements_however_many_units(
    cast: Cast, week: datetime, django_assert_max_num_queries: Any
) -> None:
    client = client_of(cast, "leader")
    with django_assert_max_num_queries(16):
        client.get(f"/figures/?week={WEEK}")
