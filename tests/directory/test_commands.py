"""`lianxin directory …` as an operator types it."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lianxin.directory.models import Centre
from lianxin.ops.commands import directory
from lianxin.rules.policy import POLICIES

from .conftest import World

CATEGORIES = POLICIES / "categories" / "junan.csv"

pytestmark = pytest.mark.django_db


def run(*words: object) -> Result:
    return CliRunner().invoke(directory.command, [str(word) for word in words])


def test_a_centre_is_founded_whole():
    result = run(
        "create-centre",
        "junan",
        "莒南县12345政务服务热线受理中心",
        "--pack",
        "junan-2021",
        "--since",
        "2021-01-01",
        "--categories",
        CATEGORIES,
    )
    assert result.output == "已建立“莒南县12345政务服务热线受理中心”，诉求类别 614 个。\n"
    centre = Centre.objects.get(code="junan")
    assert centre.units.get().type == "centre"
    assert centre.policies.get().version


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("create-centre", "a b", "某中心"), "编码只能用字母、数字"),
        (("create-centre", "x", "某中心", "--pack", "nowhere"), "规则包“nowhere”不能使用"),
        (("create-centre", "jia", "某中心"), "已存在"),
        (("import-categories", "nowhere", CATEGORIES), "没有编码为“nowhere”的中心（现有：jia）"),
        (("import", "units", "jia", CATEGORIES), "junan.csv：表头缺少列：编码、名称、类型"),
    ],
)
def test_what_cannot_be_done_gets_one_sentence_and_leaves_nothing(here: World, words: tuple, sentence: str):
    result = run(*words)
    assert result.exit_code == 1
    assert sentence in result.output
    assert "Traceback" not in result.output
    assert Centre.objects.get() == here.centre


def test_sheets_go_out_and_in(here: World, tmp_path: Path):
    assert run("import-categories", "jia", CATEGORIES).output == "新增 614 个诉求类别，0 个已有。\n"
    assert run("import-categories", "jia", CATEGORIES).output == "新增 0 个诉求类别，614 个已有。\n"
    for kind, rows in (("units", 3), ("staff", 3), ("posts", 4), ("categories", 616), ("charges", 1)):
        file = tmp_path / f"{kind}.xlsx"
        assert run("export", kind, "jia", file).exit_code == 0
        assert run("import", kind, "jia", file).output == f"已新增 0 条，修改 0 条，{rows} 条不变。\n"
        assert run("import", kind, "jia", file, "--check").exit_code == 0
