"""The two category trees that come with the project, and csv files that are none."""

from pathlib import Path

import pytest

from lianxin.directory import snapshot, trees
from lianxin.rules.policy import POLICIES

from .conftest import World

FOLDER = POLICIES / "categories"


def test_the_default_tree_has_its_517_leaves(here: World):
    leaves = trees.read(FOLDER / "default.csv")
    assert len(leaves) == len(set(leaves)) == 517
    planted = trees.plant(here.centre, leaves)
    assert planted == trees.Planted(created=15 + 118 + 517, kept=0)
    assert trees.plant(here.centre, leaves) == trees.Planted(created=0, kept=15 + 118 + 517)


def test_d13_d14_junans_tree_has_the_roots_and_topics_of_its_bulletin():
    topics: dict[str, set[str]] = {}
    for leaf in trees.read(FOLDER / "junan.csv"):
        topics.setdefault(leaf[0], set()).add(leaf[1])
    named = {
        "居民生活": {"路灯", "用水", "供暖", "污水"},
        "城市管理": {"市容环境"},
        "卫生": {"卫生防疫", "医政医药监管"},
        "农村工作": {"干部作风", "占地补偿"},
        "住房与房地产": {"物业管理", "房屋维修"},
    }
    assert all(topics[root] >= subs for root, subs in named.items())
    further = topics.keys() - named.keys()
    assert len(further) >= 8
    assert all(len(topics[root]) >= 4 for root in further)


def test_a_tree_is_planted_beside_what_stands_there(here: World):
    planted = trees.plant(here.centre, [("甲地居民生活", "甲地路灯", "路灯不亮"), ("甲地居民生活", "用水")])
    assert planted == trees.Planted(created=2, kept=2)
    kept = snapshot.of(here.centre.pk).category_by_path
    assert kept["甲地居民生活", "甲地路灯", "路灯不亮"].parent == here.leaf.pk
    assert kept["甲地居民生活", "用水"].level == 2


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a,b,c\n", "第一行应为“level1,level2,level3”"),
        ("level1,level2,level3\n生活,,路灯\n", "第 2 行：应有一至3级名称，上一级不能空"),
        ("level1,level2,level3\n,,\n", "第 2 行"),
        ("level1,level2,level3\n生活,用水\n生活,a,b,c\n", "第 3 行"),
        (f"level1,level2,level3\n生活,用水,{'长' * 61}\n", "超过 60 个字"),
    ],
)
def test_a_file_that_is_no_tree_is_refused_with_its_line(tmp_path: Path, text: str, sentence: str):
    file = tmp_path / "tree.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(trees.TreeError, match=sentence):
        trees.read(file)


def test_a_file_in_another_encoding_is_refused(tmp_path: Path):
    file = tmp_path / "tree.csv"
    file.write_bytes("level1,level2,level3\n居民生活,用水,停水\n".encode("gbk"))
    with pytest.raises(trees.TreeError, match="不是 UTF-8"):
        trees.read(file)
