"""The founding document's week 43 of 2021 by hand: the figures as they would be counted, and every line they give."""

import json
import os
from datetime import date, datetime
from pathlib import Path

import pytest

from lianxin.bulletins import article
from lianxin.bulletins.document import Bulletin
from lianxin.bulletins.weekly import CategoryCount, TopicCount, UnitRow, WeeklyFigures, compose
from lianxin.rules import policy
from lianxin.rules.worktime import SHANGHAI

HERE = Path(__file__).parent
ISSUED = date(2021, 11, 5)
RATES = {"100%": (2, 2), "75%": (3, 4), "50%": (1, 2), "0%": (0, 1), "-": (0, 0)}

CATEGORIES = {
    "居民生活": (291, {"路灯": 70, "用水": 62, "供暖": 50, "污水": 41, "供电": 28, "燃气": 22, "有线电视": 18}),
    "城市管理": (256, {"市容环境": 150, "环卫设施": 25, "园林绿化": 25, "违法建设": 25, "停车管理": 25}),
    "卫生": (143, {"卫生防疫": 80, "医政医药监管": 40, "公共卫生服务": 12, "医疗纠纷": 11}),
    "农村工作": (137, {"干部作风": 60, "占地补偿": 45, "村务公开": 13, "土地承包": 13}),
    "住房与房地产": (128, {"物业管理": 70, "房屋维修": 40, "商品房买卖": 12}),
    **{name: (127, {}) for name in ("交通运输", "劳动和社会保障", "教育", "市场监管", "环境保护", "公安", "民政")},
    "旅游": (65, {}),
}


def unit_row(group: str, position: int, name: str, handled: str, closed: str, process: str, result: str) -> UnitRow:
    measures = {"handled": int(handled), "closed": int(closed)}
    measures["process_satisfied"], measures["process_graded"] = RATES[process]
    measures["result_satisfied"], measures["result_graded"] = RATES[result]
    return UnitRow(f"{group[0]}{position}", name, group, position, measures)


def category(position: int, name: str, count: int, topics: dict[str, int]) -> CategoryCount:
    named = tuple(TopicCount(f"{position}-{n}", topic, number) for n, (topic, number) in enumerate(topics.items()))
    return CategoryCount(str(position), name, count, named)


@pytest.fixture(scope="session")
def expected() -> dict[str, list]:
    """The sentences and annex rows of the founding document, without typed spaces."""
    return json.loads((HERE / "week43.json").read_text("utf-8"))


@pytest.fixture(scope="session")
def pack() -> policy.Pack:
    return policy.find("junan-2021")


@pytest.fixture
def figures(expected: dict[str, list]) -> WeeklyFigures:
    units = [
        unit_row(group, position, *row[1:])
        for group, annex in (("town", "附件1"), ("department", "附件2"))
        for position, row in enumerate(expected[annex])
    ]
    return WeeklyFigures(
        start=date(2021, 10, 25),
        end=date(2021, 10, 31),
        cutoff=datetime(2021, 11, 1, tzinfo=SHANGHAI),
        accepted=1909,
        accepted_before=1626,
        sources={"city": 1902, "province": 2, "province_web": 4, "province_fast": 1},
        classes={"help": 1293, "complaint": 480, "report": 130, "suggestion": 6},
        categories=tuple(category(n, name, *counts) for n, (name, counts) in enumerate(CATEGORIES.items())),
        units=tuple(reversed(units)),
    )


@pytest.fixture
def bulletin(figures: WeeklyFigures, pack: policy.Pack) -> Bulletin:
    written = article.parse((policy.POLICIES / "articles" / "junan-2021-w43.md").read_text("utf-8"))
    return compose(figures, pack, written, ISSUED)


@pytest.fixture(scope="session")
def founding_document() -> str:
    """The founding document itself, where the project's shared folder lies beside the clone."""
    shared = Path(os.environ.get("LIANXIN_EVAL_DATA") or policy.POLICIES.parent.parent / "shared" / "data").parent
    path = shared / "seeds" / "003_649306645661058c.txt"
    if not path.is_file():
        pytest.skip("the founding document is not at hand")
    return path.read_text("utf-8")
