"""The centre of the demo before its curtain rises: who is there, and below whom."""

from __future__ import annotations

import pytest

from lianxin.directory import snapshot
from lianxin.directory.models import Staff, Unit
from lianxin.ops.commands.demo import ACCOUNTS
from lianxin.ops.simulation.show import raise_curtain


@pytest.mark.django_db
def test_towns_have_villages_to_hand_down_to_and_every_announced_account_is_there() -> None:
    centre = raise_curtain("a long demo password")
    villages = Unit.objects.filter(centre=centre, type="community")
    assert {(village.parent.name, village.name) for village in villages if village.parent} == {
        ("十字路街道", "柳岸社区"),
        ("大店镇", "前街村"),
        ("大店镇", "后岭村"),
    }
    assert not any(village.ranking_group for village in villages), "they stand in no league table"
    town = Unit.objects.get(centre=centre, code="dadian")
    assert snapshot.of(centre.pk).within(town.pk) == {
        town.pk,
        *villages.filter(parent=town).values_list("pk", flat=True),
    }
    names = set(Staff.objects.values_list("username", flat=True))
    assert {name for name, _ in ACCOUNTS} <= names
