"""What is gone for good (a pack, an order's words) breaks no page, and the page says so."""

from __future__ import annotations

from datetime import date, timedelta

from django.test import Client
from django.utils import timezone
from tests.cast import Cast
from tests.desk.web import Site
from tests.orders.test_whole_life import walk
from tests.rulebooks import damage

from lianxin.directory.models import PolicyVersion
from lianxin.orders.erasure import erase


def test_an_old_pack_that_is_gone_does_not_break_the_auditors_queue(site: Site, base: Cast) -> None:
    PolicyVersion.objects.create(centre=base.centre, pack_id="junan-2021", effective_from=date(2019, 1, 1))
    damage("junan-2021")
    assert site.get("auditor", "/?queue=audit").status_code == 200


def test_an_erased_order_offers_no_verb_and_says_why(cast: Cast) -> None:
    at = timezone.now() - timedelta(days=40)
    order = cast.register(at)
    cast.dispatch(order, at, "heat")
    walk(cast, order, timezone.now() - timedelta(days=1))
    order.refresh_from_db()
    erase(order, timezone.now())
    client = Client()
    client.force_login(cast.staff["supervisor"])
    page = client.get(f"/orders/{order.number}/").content.decode()
    assert "原文已按期删除，不能重新打开，请另行登记" in page
    assert "/order.reopened/" not in page


def test_a_centre_without_rules_is_told_so_and_one_that_waits_for_them_can_look(site: Site, base: Cast) -> None:
    base.centre.policies.all().delete()
    page = site.get("agent", "/")
    assert page.status_code == 403
    assert "本中心还没有规则包" in page.content.decode()
    PolicyVersion.objects.create(
        centre=base.centre, pack_id="base", effective_from=timezone.localdate() + timedelta(days=9)
    )
    assert site.get("agent", "/").status_code == 200
    assert "还没有生效的规则包" in site.get("agent", "/register/").content.decode()
