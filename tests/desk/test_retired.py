"""What is out of use is not offered, and still shown where it stands."""

from __future__ import annotations

from datetime import datetime

from tests.cast import Cast, later
from tests.desk.web import Site

from lianxin.desk.choices import picks
from lianxin.directory import snapshot
from lianxin.directory.models import Area


def test_a_retired_area_is_not_offered_and_old_orders_still_show_it(base: Cast, nine: datetime) -> None:
    site, area = Site(base), Area.objects.get(centre=base.centre, name="大店镇")
    order = base.register(nine, area=area.pk)
    for name in ("坊前镇", "大店镇北片"):
        Area.objects.create(centre=base.centre, name=name)
    assert site.get("agent", "/pick/area/?q=大店").json()["names"] == ["大店镇", "大店镇北片"]
    area.active = False
    area.save()
    assert site.get("agent", "/pick/area/?q=大店").json()["names"] == ["大店镇北片"]
    assert [option.name for option in picks(snapshot.of(base.centre.pk), "area").options] == ["大店镇北片", "坊前镇"]
    assert "大店镇" in site.get("agent", f"/orders/{order.number}/").content.decode()


def test_a_kept_form_with_a_retired_area_is_refused_beside_the_field(base: Cast) -> None:
    site = Site(base)
    Area.objects.filter(centre=base.centre, name="大店镇").update(active=False)
    answer = site.register(area="大店镇")
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "没有“大店镇”这个区域，请从列表中选择" in text
    assert "来电人反映家中室温只有 14℃，请求检修。" in text, "what was typed stays"


def test_a_suggested_unit_that_is_closed_by_now_leaves_the_field_empty(base: Cast, nine: datetime) -> None:
    site, order = Site(base), base.register(nine)
    base.dispatch(order, later(nine, minutes=1), "town")
    petition = {
        "reason": "小区已移交物业",
        "return_reason": "not_duty",
        "legal_basis": "派单目录",
        "suggested_unit": base.units["heat"].pk,
    }
    base.do("clerk@town", "return.filed", order.pk, later(nine, minutes=2), **petition)
    base.units["heat"].active = False
    base.units["heat"].save()
    text = site.get("dispatcher", f"/orders/{order.number}/return.decided/").content.decode()
    assert 'name="next_unit"' in text
    assert f'value="{base.units["heat"].pk}"' not in text.partition('name="next_unit"')[2].partition(">")[0]
