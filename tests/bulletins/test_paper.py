"""A document of a proceeding, set out."""

from __future__ import annotations

from tests.cast import shanghai

from lianxin.bulletins.document import Article
from lianxin.bulletins.paper import set_out
from lianxin.proceedings import papers


def test_each_part_has_a_number_of_its_own() -> None:
    paper = set_out([(papers.SUBTITLE, "部分")] * 12, [], "1", "热线中心", shanghai("2026-03-02 09:00"))
    article = next(block for block in paper.blocks if isinstance(block, Article))
    assert [part.text for part in article.body][9:] == ["十、部分", "十一、部分", "十二、部分"]
