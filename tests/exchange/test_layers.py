"""Whose call-back a file brings: by the words of the pack, however many layers it names."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.test_three_groups import KINDS
from tests.cast import Cast, make_cast
from tests.rulebooks import three_groups

from lianxin.followup.models import Callback

from .conftest import Import
from .test_history import MAP, mapping, old

CALLED = MAP["columns"] | {"callback": MAP["columns"]["callback"] | {"layer": "层级"}}


@pytest.fixture
def bring_three(db: None, tmp_path: Path, nine: datetime) -> Iterator[Import]:
    (tmp_path / "packs").mkdir()
    with three_groups(tmp_path / "packs"):
        yield Import(make_cast("qu", "three", KINDS), tmp_path, nine)


def graded(number: int, layer: str = "") -> dict[str, Any]:
    return old(number, 回访时间="2025-03-08 09:00", 评价="满意", 层级=layer)


def layers() -> list[str]:
    return list(Callback.objects.order_by("order__upstream_number").values_list("layer", flat=True))


def test_a_layer_is_known_by_code_title_and_other_names(bring_three: Import) -> None:
    """省平台 is what the pack says that the province is called `also`."""
    report = bring_three.run(
        graded(1, "省级"), graded(2, "省平台"), graded(3, "own"), graded(4), mapping=mapping(columns=CALLED)
    )
    assert not report.faults
    assert layers() == ["province", "province", "own", "province"]


def test_a_layer_that_the_pack_lacks_is_told_and_the_rest_comes_in(bring_three: Import) -> None:
    report = bring_three.run(graded(1, "市级平台"), graded(2, "区级"), mapping=mapping(columns=CALLED))
    assert [
        "“市级平台”不认识，请在映射的 values.layer 里写明它是 province、own 中的哪一个" in str(n) for n in report.notes
    ] == [True]
    assert layers() == ["own"]


def test_a_map_s_default_is_the_pack_s_word(bring_three: Import) -> None:
    bring_three.run(graded(1), mapping=mapping(defaults=MAP["defaults"] | {"layer": "区级"}))
    assert layers() == ["own"]


def test_without_a_word_it_is_the_first_layer_that_is_not_our_own(bring: Import, cast: Cast) -> None:
    bring.run(graded(1), mapping=mapping())
    assert layers() == ["city"]
