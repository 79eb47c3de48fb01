"""A patrol (巡查员, C22) sees what he has found himself, with what became of it, and nothing else anywhere."""

from __future__ import annotations

from datetime import datetime
from importlib import import_module

import pytest
from django.core import signing
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.acceptance.zhoucun import fresh, refused
from tests.cast import Cast, later, make_cast, request
from tests.desk.test_where_orders_stand import seat_at
from tests.desk.web import Site
from tests.orders.test_recusal import nothing
from tests.proceedings.stages import differences

from lianxin.directory import snapshot
from lianxin.directory.models import Post, Staff
from lianxin.ledger.acts import Act
from lianxin.ledger.door import record
from lianxin.ledger.models import Entry, Notice
from lianxin.orders.models import Order
from lianxin.proceedings.models import Proceeding
from lianxin.telling.viewers import of_person

pytestmark = pytest.mark.django_db
URGED = {"by": "caller", "text": "请尽快处理，路面结冰。"}
LETTER = {"level": "warn", "title": "供暖诉求集中反映", "text": "近一周供暖诉求集中，请尽快核查。"}


@pytest.fixture
def jinan(db: None) -> Cast:
    cast = make_cast("jinan", "jinan-cg")
    cast.post("patrol2", "centre", "patrol", "孙巡查")
    return cast


def found(cast: Cast, at: datetime, who: str = "patrol", **said: object) -> Order:
    """What a patrol finds on his round."""
    words = request(**{"source": "patrol", "channel": "patrol", "caller": None, **said})
    return Order.objects.get(pk=cast.do(who, "order.registered", None, at, **words).order)


def test_c22_he_finds_in_no_list_search_count_or_page_what_others_registered(jinan: Cast, nine: datetime) -> None:
    mine = found(jinan, nine, title="换热站外管道漏水结冰")
    theirs = found(jinan, nine, "patrol2", title="路灯杆倒伏挡住人行道")
    call = jinan.register(nine, title="三号楼暖气不热有人生病")
    jinan.dispatch(call, nine, "heat")
    man = jinan.staff["patrol"]
    for order in (theirs, call):
        nothing(man, order)
    assert list(Order.objects.visible_to(man)) == [mine]
    site = Site(jinan)
    assert site.get("patrol", f"/orders/{mine.number}/").status_code == 200
    # Their callers neither, by whichever number he asks for.
    answer = site.at("patrol").post("/register/caller/", {"caller_phone": "13900002086"}).content.decode()
    assert call.number not in answer
    assert call.appeal.title not in answer
    # Nor by its pieces, nor what is counted of the centre.
    for path in ("/figures/", "/figures/flow/", "/figures/flow/orders/?of=accepted", "/bulletins/2026-W47/"):
        assert site.get("patrol", path).status_code in (403, 404), path
    home = site.get("patrol", "/").content.decode()
    for address in ("/figures/", "/bulletins/"):
        assert f'href="{address}"' not in home
    assert 'href="/figures/"' in site.get("agent", "/").content.decode()


def test_c22_he_sees_what_became_of_his_own_and_may_press_it(jinan: Cast, nine: datetime) -> None:
    mine = found(jinan, nine)
    jinan.dispatch(mine, later(nine, minutes=1), "heat")
    jinan.do("clerk@heat", "share.signed", mine.pk, later(nine, minutes=5))
    page = Site(jinan).get("patrol", f"/orders/{mine.number}/").content.decode()
    for words in ("办理中", "热力公司", "签收"):
        assert words in page
    jinan.do("patrol", "order.urged", mine.pk, later(nine, minutes=9), **URGED)
    assert fresh(mine).urges == 1
    assert of_person(snapshot.of(jinan.centre.pk), jinan.staff["patrol"].pk).whole({mine.pk}) == {mine.pk}


def test_c22_nor_does_he_act_on_what_is_not_his_though_he_knows_its_number(jinan: Cast, nine: datetime) -> None:
    call, theirs = jinan.register(nine), found(jinan, nine, "patrol2")
    for order in (call, theirs):
        assert "没有这件工单" in str(refused(jinan, "patrol", "order.urged", order, nine, **URGED))
        unmasks = {"reason": "回电核实地点，诉求人没有写清楚。"}
        assert "没有这件工单" in str(refused(jinan, "patrol", "caller.unmasked", order, nine, **unmasks))
        assert Site(jinan).get("patrol", f"/orders/{order.number}/order.urged/").status_code == 404


def test_c22_what_others_ask_about_the_same_he_does_not_read_on_its_page(jinan: Cast, nine: datetime) -> None:
    """A caller's repeat is merged into what he has found: it stands on the page of its main order, for the others."""
    mine = found(jinan, nine)
    repeat = jinan.register(later(nine, minutes=1), title="老人在结冰处摔伤住院", text="诉求人母亲在结冰处摔伤住院。")
    jinan.do("agent", "order.merged", repeat.pk, later(nine, minutes=2), number=mine.number)
    site = Site(jinan)
    theirs = site.get("dispatcher", f"/orders/{mine.number}/").content.decode()
    assert "摔伤住院" in theirs
    page = site.get("patrol", f"/orders/{mine.number}/").content.decode()
    assert "摔伤住院" not in page
    assert repeat.number not in page
    assert site.get("patrol", f"/orders/{repeat.number}/").status_code == 404
    # The other way round he sees his own, and nothing of the order into which it went.
    call = jinan.register(later(nine, minutes=3), title="井盖丢失有人掉下去")
    other = found(jinan, later(nine, minutes=4))
    jinan.do("agent", "order.merged", other.pk, later(nine, minutes=5), number=call.number)
    page = site.get("patrol", f"/orders/{other.number}/").content.decode()
    assert "已并单" in page
    assert "掉下去" not in page
    assert site.get("patrol", f"/orders/{call.number}/").status_code == 404


def test_c22_what_he_was_told_of_others_before_he_reads_no_more_and_nothing_new(jinan: Cast) -> None:
    now = timezone.now()
    words = request(title="热力公司客服电话无人接听")
    call = Order.objects.get(pk=record(Act("order.registered", jinan.actor("agent"), now, words)).order)
    man = jinan.staff["patrol"]
    entry = Entry.objects.get(order=call, number=1)
    Notice.objects.create(order=call, staff=man, entry=entry, kind="order.registered", made_at=now)
    site = Site(jinan)
    for path in ("/", "/me/", "/me/bell/"):
        text = site.get("patrol", path).content.decode()
        assert call.number not in text
        assert "无人接听" not in text
    assert of_person(snapshot.of(jinan.centre.pk), man.pk).whole({call.pk}) == set()


def test_c22_live_updates_name_no_queue_of_the_centre(jinan: Cast, settings: object) -> None:
    def watched(who: str) -> list[str]:
        token = seat_at(jinan, jinan.posts[who]).live_token
        said: list[str] = signing.loads(token, salt=settings.LIVE_SALT)["queues"]  # type: ignore[attr-defined]
        return said

    assert watched("agent") == [str(jinan.units["centre"].pk)]
    assert watched("patrol") == []


def test_c22_proceedings_about_what_is_not_his_he_sees_none(jinan: Cast) -> None:
    now = timezone.now()
    call = Order.objects.get(pk=record(Act("order.registered", jinan.actor("agent"), now, request())).order)
    said = LETTER | {"unit": jinan.units["heat"].pk, "numbers": [call.number], "due": later(now, days=3)}
    root = record(Act("letter.sent", jinan.actor("supervisor"), now, said)).order
    assert not Proceeding.objects.visible_to(jinan.staff["patrol"]).exists()
    number = Proceeding.objects.get(pk=root).number
    site = Site(jinan)
    assert site.get("patrol", f"/proceedings/{number}/").status_code == 404
    assert number not in site.get("patrol", "/proceedings/").content.decode()
    assert site.get("patrol", "/proceedings/sheet.xlsx").status_code == 403


def test_c22_must_not_bite_whoever_holds_another_post_as_well(jinan: Cast, nine: datetime) -> None:
    """By that post he sees what it sees; and what he took in there is no finding of his."""
    call, mine = jinan.register(nine), found(jinan, nine)
    man = jinan.staff["patrol"]
    Post.objects.filter(pk=jinan.posts["agent"].pk).update(holder_b=man)
    assert set(Order.objects.visible_to(man)) == {call, mine}
    Post.objects.filter(pk=jinan.posts["agent"].pk).update(holder_b=None)
    clerk = jinan.posts["clerk@heat"]
    Post.objects.filter(pk=clerk.pk).update(holder_b=man)
    jinan.dispatch(call, nine, "heat")
    assert set(Order.objects.visible_to(man)) == {call, mine}
    assert Site(jinan).get("patrol", f"/orders/{call.number}/").status_code == 200


def test_c22_an_agent_who_comes_to_go_on_rounds_leaves_his_callers_behind(jinan: Cast, nine: datetime) -> None:
    call = jinan.register(nine)
    assert call.found_by is None
    agent = Staff.objects.get(pk=jinan.staff["agent"].pk)
    Post.objects.filter(pk=jinan.posts["patrol"].pk).update(holder_a=agent)
    Post.objects.filter(pk=jinan.posts["agent"].pk).update(holder_a=jinan.staff["patrol"])
    nothing(agent, call)


def test_c22_whom_his_own_finding_complains_of_he_sees_it_no_more(jinan: Cast, nine: datetime) -> None:
    mine = found(jinan, nine)
    said = {"people": [jinan.staff["patrol"].pk], "reason": "来电人投诉这名巡查员谎报。"}
    jinan.do("supervisor", "order.recused", mine.pk, nine, **said)
    nothing(jinan.staff["patrol"], mine)


def test_c22_what_a_sight_shows_him_he_sees_so_far(jinan: Cast, nine: datetime) -> None:
    call = jinan.register(nine, title="暖气不热请入户测温")
    man = jinan.staff["patrol"]
    jinan.do("leader", "order.shown", call.pk, nine, reason="supervises", people=[man.pk], what="progress")
    assert list(Order.objects.visible_to(man)) == [call]
    page = Site(jinan).get("patrol", f"/orders/{call.number}/")
    assert page.status_code == 200
    assert "入户测温" not in page.content.decode()


def test_c22_a_replay_says_who_found_it_also_of_what_was_found_before_rows_said_so(jinan: Cast, nine: datetime) -> None:
    mine, call = found(jinan, nine), jinan.register(nine)
    assert mine.found_by == jinan.staff["patrol"]
    assert differences() == []
    Order.objects.update(found_by=None)
    assert differences() != []
    with connection.cursor() as cursor:
        cursor.execute(import_module("lianxin.orders.migrations.0017_found_before").FOUND)
    assert differences() == []
    assert fresh(mine).found_by == jinan.staff["patrol"]
    assert fresh(call).found_by is None


def test_c22_it_costs_one_condition_and_no_statement_more(jinan: Cast, nine: datetime) -> None:
    site = Site(jinan)

    def asked(path: str) -> int:
        site.get("patrol", path)
        with CaptureQueriesContext(connection) as those:
            assert site.get("patrol", path).status_code == 200
        return len(those)

    found(jinan, nine)
    before = {path: asked(path) for path in ("/", "/findings/", "/?queue=open")}
    for n in range(6):
        found(jinan, later(nine, minutes=n))
        jinan.register(later(nine, minutes=n))
    assert {path: asked(path) for path in before} == before
    plan = Order.objects.in_reach(
        jinan.centre.pk, [("patrol", jinan.units["centre"].pk)], jinan.staff["patrol"].pk, snapshot.of(jinan.centre.pk)
    )
    assert plan.count() == 7
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "order_found" in plan.explain()
