"""What a pack requires of a registration is asked for beside its field; another platform's order comes as it is."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from tests.cast import Cast, request
from tests.orders.stages import reach

from lianxin.directory.models import Area, PolicyVersion
from lianxin.ledger.acts import Refused
from lianxin.ledger.models import Clock
from lianxin.orders.models import Share
from lianxin.rules import policy

PACK = """
[pack]
id = "strict"
title = "某县"
version = "1"
effective = 2020-01-01
extends = "base"
[[rule]]
id = "B40"
title = "登记"
clause = "区域和联系方式要登记"
sets = ["registration.required"]
[registration]
required = ["content", "notice", "area", "contact"]
"""


@pytest.fixture
def strict(base: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cast]:
    for name in policy.packs():
        (tmp_path / f"{name}.toml").write_text((policy.POLICIES / f"{name}.toml").read_text("utf-8"), "utf-8")
    (tmp_path / "strict.toml").write_text(PACK, "utf-8")
    monkeypatch.setenv("LIANXIN_POLICIES", str(tmp_path))
    policy.find.cache_clear()
    adopted = PolicyVersion.objects.get(centre=base.centre)
    adopted.pack_id, adopted.version = "strict", ""
    adopted.full_clean()
    adopted.save()
    yield base
    policy.find.cache_clear()


def _ask(cast: Cast, at: datetime, **payload: Any) -> dict[str, str]:
    with pytest.raises(Refused) as refused:
        cast.do("agent", "order.registered", None, at, **request(source="county", **payload))
    return refused.value.problems


def test_c35_what_the_pack_requires_is_asked_for(strict: Cast, nine: datetime) -> None:
    area = Area.objects.get(centre=strict.centre).pk
    assert _ask(strict, nine, area=None)["area"] == "请选择区域"
    assert _ask(strict, nine, area=area, caller=None)["caller"] == "请填写诉求人的联系电话"
    assert _ask(strict, nine, area=area, caller={"name": "王先生", "phone": ""})["caller"]
    assert strict.register(nine, source="county", area=area).area_id == area


@pytest.mark.parametrize("left", ["", '"content"', '"notice", "area"'])
def test_c35_no_pack_may_do_without_content_and_notice(tmp_path: Path, left: str) -> None:
    path = tmp_path / "strict.toml"
    path.write_text(PACK.replace('"content", "notice", "area", "contact"', left), "utf-8")
    with pytest.raises(policy.PolicyError) as faulty:
        policy.load(path)
    assert "缺其一的一律不能登记" in str(faulty.value)


def test_an_order_of_another_platform_comes_as_it_is(strict: Cast, nine: datetime) -> None:
    assert strict.register(nine, source="city", upstream_number="S1", caller=None).area_id is None


def test_an_extension_is_decided_though_the_rule_has_another_id_now(base: Cast, nine: datetime) -> None:
    """The clock that runs is under an id that no row of the pack has any more."""
    order, at = reach(base, "extension_filed", nine)
    clock = Clock.objects.get(order=order, kind="handle", ended_at=None)
    Clock.objects.filter(pk=clock.pk).update(rule="B99")
    share = Share.objects.get(order=order, role="lead").pk
    base.do("leader", "extension.decided", order.pk, at, share=share, approved=True, workdays=2, note="同意")
    assert Clock.objects.get(pk=clock.pk).due > clock.due
