"""What the author of a pack writes first, one clock and nothing else, does what it says and no more.

The row is that of the design of this product, sign by sign (Zhoucun 2019, B10).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.cast import Cast, make_cast, shanghai
from tests.rulebooks import shelf

from lianxin.directory.models import PolicyVersion
from lianxin.ledger.models import Clock
from lianxin.ledger.verify import verify
from lianxin.ops.commands.policy import command

PACK = """
[pack]
id = "zhoucun-2019"
title = "周村区关于进一步强化12345政务服务热线工作的实施意见"
version = "1"
effective = 2019-01-01
extends = "base"

[[clock]]
id = "B10"
clause = "非紧急事项要在3个工作日内办理完毕"
kind = "handle"
when = "order.urgency == 'normal'"
from = "dispatch"
until = "reply"
allow = "3 workdays"
warn = "1 workday before"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    with shelf(tmp_path):
        (tmp_path / "zhoucun-2019.toml").write_text(PACK, "utf-8")
        yield tmp_path


def adopted(folder: Path) -> Cast:
    cast = make_cast("zhoucun", "base")
    PolicyVersion.objects.create(
        centre=cast.centre, pack_id="zhoucun-2019", version="1", effective_from=date(2024, 1, 1)
    )
    return cast


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("urgency", "rule", "due"), [("normal", "B10", "2026-11-24 00:00"), ("urgent", "S02.urgent", "2026-11-20 00:00")]
)
def test_urgent_orders_keep_their_handling_limit(
    folder: Path, nine: datetime, urgency: str, rule: str, due: str
) -> None:
    cast = adopted(folder)
    order = cast.register(nine, urgency=urgency)
    cast.dispatch(order, nine, "heat")
    (clock,) = Clock.objects.filter(order=order, kind="handle")
    # From Wednesday the 18th on; the 21st and 22nd are a weekend.
    assert (clock.rule, clock.due) == (rule, shanghai(due))
    # Every other clock of the base runs as before.
    others = set(Clock.objects.filter(order=order).values_list("kind", flat=True))
    assert others == {"dispatch", "sign", "contact", "handle", "total"}


@pytest.mark.django_db
def test_a_rule_may_have_the_longest_name_of_the_pack(folder: Path, nine: datetime) -> None:
    """A rule outside the founding documents is named after its pack; the book keeps the name whole."""
    longest = f"zhoucun-2019:{'n' * 24}.suffix_urge"
    (folder / "zhoucun-2019.toml").write_text(PACK.replace('id = "B10"', f'id = "{longest}"'), "utf-8")
    cast = adopted(folder)
    order = cast.register(nine)
    cast.dispatch(order, nine, "heat")
    assert Clock.objects.get(order=order, kind="handle").rule == longest
    assert list(verify()) == []


def test_the_check_says_what_gave_way_and_what_applies(folder: Path) -> None:
    result = CliRunner().invoke(command, ["check", str(folder / "zhoucun-2019.toml")])
    assert result.exit_code == 0, result.output
    lines = [line.split() for line in result.output.splitlines()]
    place = next(n for n, line in enumerate(lines) if line[:1] == ["办理"])
    assert lines[place : place + 2] == [
        ["办理", "派单", "紧急程度为一般", "3个工作日", "B10"],
        ["紧急程度为紧急", "1个工作日", "S02.urgent"],
    ]
    assert "其中 S02 不会用到：各种情形都由本包的规则先行适用" in result.output


def test_the_same_row_for_all_orders_asks_first(folder: Path) -> None:
    """Without its condition it would take the limit of urgent orders too: nobody may do that unawares."""
    path = folder / "zhoucun-2019.toml"
    path.write_text(PACK.replace("when =", "#"), "utf-8")
    result = CliRunner().invoke(command, ["check", str(path)])
    assert result.exit_code == 1
    assert 'replaces = ["S02.urgent", "S02"]' in result.output
    path.write_text(PACK.replace("when =", 'replaces = ["S02.urgent", "S02"]\nwhen ='), "utf-8")
    result = CliRunner().invoke(command, ["check", str(path)])
    assert result.exit_code == 1
    assert "每个承办件都有办理时限；现在没有的：紧急程度为紧急" in result.output
