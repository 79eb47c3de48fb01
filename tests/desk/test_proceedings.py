"""Proceedings on the desk: list, page, form, document, search, sheet, the same for every kind."""

from __future__ import annotations

import io
import re
from datetime import datetime
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.cast import Cast, later
from tests.desk.web import Site

from lianxin.directory import snapshot
from lianxin.ledger.models import Journal, Notice
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order
from lianxin.proceedings import kinds
from lianxin.proceedings.models import Proceeding

LETTER = {
    "level": "warn",
    "title": "供暖投诉集中上升",
    "text": "近一周供暖类诉求明显上升，请查明原因。\n联系人 13900002086。",
}
HEARING = {"title": "对退回重报的申诉", "text": "单位认为答复内容完整，请求听证。"}


@pytest.fixture
def site(base: Cast) -> Site:
    return Site(base)


def due(site: Site) -> str:
    """A week from now, as it is typed."""
    return f"{later(datetime.now().astimezone(), days=7):%Y-%m-%d %H:%M}"


def key_in(page: Any) -> str:
    found = re.search(r'name="key" value="([0-9a-f]{32})"', page.content.decode())
    assert found is not None
    return found[1]


def send(site: Site, who: str, url: str, **typed: Any) -> Any:
    """A form as a person fills it in: opened, then sent."""
    page = site.get(who, url)
    assert page.status_code == 200, page.content.decode()[:300]
    seen = re.search(r'name="seen" value="(\d+)"', page.content.decode())
    return site.at(who).post(url, {"key": key_in(page), "seen": seen[1] if seen else "", **typed})


def letter(site: Site, **changes: Any) -> Proceeding:
    order = site.order()
    typed = LETTER | {"unit": "住建局", "numbers": [order.number], "due": due(site)} | changes
    answer = send(site, "supervisor", "/proceedings/new/letter.sent/", **typed)
    assert answer.status_code == 302, answer.content.decode()
    return Proceeding.objects.filter(kind="letter").latest("pk")


def test_e11_a_letter_goes_its_whole_way_on_the_desk(site: Site, base: Cast) -> None:
    sent = letter(site)
    order = Order.objects.get()
    url = f"/proceedings/{sent.number}/"
    # The unit's clerk finds it on his home page, in the badge, under the bell, in the list, and by its number.
    clerk = "clerk@bureau"
    assert sent.number in site.get(clerk, "/?queue=proceedings").content.decode()
    assert Notice.objects.filter(proceeding=sent, staff=base.staff[clerk]).exists()
    assert LETTER["title"] in site.get(clerk, "/me/").content.decode()
    assert sent.number in site.get(clerk, "/proceedings/").content.decode()
    site.at(clerk).post("/search/", {"q": sent.number})
    assert url in site.get(clerk, "/search/").content.decode()
    # Another unit does not.
    for path in (url, f"{url}papers/1/", f"{url}letter.received/"):
        assert site.get("clerk@town", path).status_code == 404
    assert sent.number not in site.get("clerk@town", "/proceedings/?view=all").content.decode()
    site.at("clerk@town").post("/search/", {"q": sent.number})
    assert url not in site.get("clerk@town", "/search/").content.decode()
    # The document quotes the order, without numbers to call; the unit does not see the order itself.
    paper = site.get(clerk, f"{url}papers/1/").content.decode()
    assert order.number in paper
    assert order.appeal.title in paper
    assert "不在您的查看范围" in site.get(clerk, url).content.decode()
    docx = site.get(clerk, f"{url}papers/1.docx")
    assert docx.content[:2] == b"PK"
    assert Journal.objects.filter(action="proceeding.exported").count() == 1
    assert send(site, clerk, f"{url}letter.received/").status_code == 302
    answered = {"cause": "换热站检修滞后", "measures": "三日内检修完毕", "by": due(site)}
    wrong = send(site, clerk, f"{url}letter.answered/", **answered | {"cause": ""})
    assert wrong.status_code == 422
    assert "三日内检修完毕" in wrong.content.decode()
    assert send(site, clerk, f"{url}letter.answered/", **answered).status_code == 302
    assert "换热站检修滞后" in site.get("supervisor", url).content.decode()
    # Not the unit's turn any more.
    assert site.get(clerk, f"{url}letter.answered/").status_code == 409
    assert send(site, "supervisor", f"{url}letter.settled/", note="整改到位").status_code == 302
    sent.refresh_from_db()
    assert (sent.state, sent.is_open) == ("settled", False)
    assert list(verify()) == []


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("title", "", "请填写本项"),
        ("unit", "火星局", "没有“火星局”这个单位"),
        ("due", "2001-01-01 08:00", "时限应晚于现在"),
        ("due", "明天", "时间格式"),
        ("numbers", ["20200101-0001"], "没有这个工单号：20200101-0001"),
        ("earlier", "Z20200101-0001", "没有发给这个单位的这一编号的函"),
        ("level", "", "请选择"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(site: Site, field: str, typed: Any, sentence: str) -> None:
    filled = LETTER | {"unit": "住建局", "due": due(site)} | {field: typed}
    answer = send(site, "supervisor", "/proceedings/new/letter.sent/", **filled)
    assert answer.status_code == 422
    page = answer.content.decode()
    where = page[page.index(f'data-field="{field}"') :]
    assert sentence in where.split("data-field")[1]
    assert LETTER["text"].splitlines()[0] in page
    assert not Proceeding.objects.exists()


def test_what_was_typed_waits(site: Site) -> None:
    url = "/proceedings/new/letter.sent/"
    page = site.get("supervisor", url)
    site.at("supervisor").post(url, {"key": key_in(page), "title": "写到一半"})
    assert "写到一半" in site.get("supervisor", url).content.decode()
    assert "写到一半" not in site.get("leader", url).content.decode()


def test_sent_twice_it_is_one(site: Site) -> None:
    url = "/proceedings/new/letter.sent/"
    typed = LETTER | {"unit": "住建局", "due": due(site), "key": key_in(site.get("supervisor", url))}
    for _ in range(2):
        assert site.at("supervisor").post(url, typed).status_code == 302
    assert Proceeding.objects.count() == 1


def test_decided_upon_what_was_seen(site: Site) -> None:
    sent = letter(site)
    url = f"/proceedings/{sent.number}/letter.withdrawn/"
    page = site.get("supervisor", url)
    send(site, "clerk@bureau", f"/proceedings/{sent.number}/letter.received/")
    late = site.at("supervisor").post(url, {"key": key_in(page), "seen": "1", "note": "发错了"})
    assert late.status_code == 409
    assert "内容已更新" in late.content.decode()
    assert "发错了" in late.content.decode()


def test_members_of_a_hearing_see_it(site: Site, base: Cast) -> None:
    name = base.staff["clerk@town"].name
    typed = HEARING | {"unit": "住建局", "people": [name], "due": due(site)}
    assert send(site, "supervisor", "/proceedings/new/hearing.called/", **typed).status_code == 302
    heard = Proceeding.objects.get(kind="hearing")
    url = f"/proceedings/{heard.number}/"
    assert name in site.get("clerk@town", url).content.decode()
    assert site.get("clerk@heat", url).status_code == 404
    assert send(site, "supervisor", f"{url}hearing.held/", record="双方陈述完毕").status_code == 302
    ruled = {"outcome": "changed", "grounds": "答复内容完整"}
    assert site.get("supervisor", f"{url}hearing.ruled/").status_code == 403
    assert send(site, "leader", f"{url}hearing.ruled/", **ruled).status_code == 302
    assert "变更" in site.get("leader", url).content.decode()
    assert list(verify()) == []


def test_the_list_counts_filters_and_goes_out_as_a_sheet(site: Site) -> None:
    sent = letter(site, title="=1+1 的标题")
    page = site.get("supervisor", "/proceedings/?view=open&kind=letter&q=1%2B1").content.decode()
    assert sent.number in page
    assert sent.number not in site.get("supervisor", "/proceedings/?view=ended").content.decode()
    assert sent.number not in site.get("supervisor", "/proceedings/?view=open&kind=hearing").content.decode()
    answer = site.get("supervisor", "/proceedings/sheet.xlsx?view=open")
    rows = list(openpyxl.load_workbook(io.BytesIO(answer.content)).active.values)
    assert rows[0][0] == "编号"
    assert rows[1][:3] == (sent.number, "预警函", "=1+1 的标题")
    assert Journal.objects.filter(action="proceedings.exported").count() == 1
    assert site.get("clerk@bureau", "/proceedings/sheet.xlsx").status_code == 403


def test_what_is_due_soon_is_yellow_in_the_list_and_in_the_queue(site: Site) -> None:
    soon = f"{later(datetime.now().astimezone(), hours=3):%Y-%m-%d %H:%M}"
    near, far = letter(site, due=soon), letter(site, unit="大店镇", title="月底前报送供暖进展")
    queue = site.get("clerk@bureau", "/?queue=proceedings").content.decode()
    assert re.search(rf'data-card="yellow" data-preview="[^"]*{near.number}', queue)
    assert "lx-clock-y" in queue
    assert "lx-clock-y" in site.get("supervisor", f"/proceedings/?q={near.number}").content.decode()
    assert "lx-clock-y" not in site.get("supervisor", f"/proceedings/?q={far.number}").content.decode()
    assert 'data-card="yellow"' not in site.get("clerk@town", "/?queue=proceedings").content.decode()


@pytest.mark.parametrize("path", ["/proceedings/", "/proceedings/?view=all&q=%00", "/proceedings/?page=99999999"])
def test_no_address_of_the_list_fails(site: Site, path: str) -> None:
    assert site.get("supervisor", path).status_code == 200


@pytest.mark.parametrize("tail", ["", "papers/1/", "papers/1.exe", "files/1/", "no.such/", "letter.sent/"])
def test_what_is_not_there_is_404(site: Site, tail: str) -> None:
    assert site.get("supervisor", f"/proceedings/Z20200101-0001/{tail}").status_code == 404


def test_the_page_of_a_list_costs_the_same_however_long_it_is(site: Site, django_assert_max_num_queries: Any) -> None:
    letter(site)
    site.get("supervisor", "/proceedings/?view=all")
    with CaptureQueriesContext(connection) as few:
        site.get("supervisor", "/proceedings/?view=all")
    most = len(few)
    assert most <= 14
    for n in range(5):
        typed = LETTER | {"unit": "住建局", "due": due(site), "title": f"第 {n} 件"}
        send(site, "supervisor", "/proceedings/new/letter.sent/", **typed)
    with django_assert_max_num_queries(most):
        site.get("supervisor", "/proceedings/?view=all")


def test_each_kind_that_people_open_is_reached_from_the_list(site: Site) -> None:
    page = site.get("supervisor", "/proceedings/").content.decode()
    directory = snapshot.of(site.cast.centre.pk)
    pack = directory.pack(timezone.now())
    for kind in kinds.every():
        for step in kind.openings:
            if not kind.under(pack) or not kind.opened_in(directory, directory.root.id):
                assert f"/proceedings/new/{kind.action(step)}/" not in page, "the rule book has none of it"
            elif "supervisor" in step.posts:
                assert f"/proceedings/new/{kind.action(step)}/" in page
                assert site.get("supervisor", f"/proceedings/new/{kind.action(step)}/").status_code == 200
            assert site.get("agent", f"/proceedings/new/{kind.action(step)}/").status_code == 403
