"""The play of week 43: what is counted from its lives is what the founding bulletin prints, figure by figure."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from lianxin.directory.trees import read
from lianxin.ops.simulation.life import Life
from lianxin.ops.simulation.plan import plan_junan
from lianxin.ops.simulation.source import source
from lianxin.ops.simulation.story import BEFORE, CUTOFF, WEEK
from lianxin.rules.formulas import show_percent
from lianxin.rules.policy import policies_folder

from .lives import Replay, Tally, replay, tally, untimely

GOLDEN: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "bulletins" / "week43.json").read_text(encoding="utf-8")
)
TEXT = "".join(GOLDEN["sentences"])
ENDS = {"closed", "answered", "redirected", "withdrawn"}


@pytest.fixture(scope="module")
def lives() -> list[Life]:
    return plan_junan()


@pytest.fixture(scope="module")
def week(lives: list[Life]) -> Tally:
    return tally(lives, WEEK, CUTOFF)


@pytest.fixture(scope="module")
def ended(lives: list[Life]) -> list[Replay]:
    """Every life replayed to its end: a step out of order fails here."""
    return [replay(life) for life in lives]


def share(part: int, whole: int) -> str:
    return show_percent(Fraction(part, whole), 2)


def test_accepted_daily_mean_and_change(lives: list[Life], week: Tally) -> None:
    before = tally(lives, BEFORE, WEEK).accepted
    assert (week.accepted, before) == (1909, 1626)
    assert f"共受理市民诉求{week.accepted}件，日均{round(week.accepted / 7)}件" in TEXT
    assert f"较上周增加{share(week.accepted - before, before)}" in TEXT


def test_sources(week: Tally) -> None:
    s = week.sources
    assert s.total() == week.accepted
    sentence = f"市级热线{s['city']}件，省级热线{s['province']}件，省“网络问政”{s['province_web']}件"
    assert f"{sentence}，省“接诉即办”{s['province_fast']}件。" in TEXT


def test_classes(week: Tally) -> None:
    c, total = week.classes, week.accepted
    upset = c["complaint"] + c["report"]
    assert f"求助类{c['help']}件，占{share(c['help'], total)}；投诉举报类{upset}件，占{share(upset, total)}" in TEXT
    assert f"建议类{c['suggestion']}件。" in TEXT
    assert c["report"] > 0
    assert c.total() == total


def test_shares_of_the_first_five(week: Tally) -> None:
    for group, phrase in (("towns", "镇街"), ("departments", "县直部门单位")):
        units = sorted(getattr(source(), group), key=lambda unit: -week.handled[unit.code])[:5]
        names, handled = "、".join(u.name for u in units), sum(week.handled[u.code] for u in units)
        assert f"{phrase}分别是{names}，占诉求总量的{share(handled, week.accepted)}。" in TEXT


def test_five_categories_with_their_topics(week: Tally) -> None:
    first = week.roots.most_common(6)
    assert first[4][1] > first[5][1], "the sixth category must not tie with the fifth"
    names, counted = "、".join(name for name, _ in first[:5]), sum(number for _, number in first[:5])
    assert f"{names}五个方面诉求量较大，占诉求总量的{share(counted, week.accepted)}。" in TEXT
    for name, number in first[:5]:
        named = [topic for topic, part in week.topics[name].most_common() if part * 10 >= number]
        assert len(named) <= 4
        start = f"{name}问题{number}件，占受理量的{share(number, week.accepted)}"
        assert f"{start}，诉求主要涉及{'、'.join(named)}等方面。" in TEXT


@pytest.mark.parametrize(("annex", "group"), [("附件1", "towns"), ("附件2", "departments")])
def test_every_row_of_the_annexes(week: Tally, annex: str, group: str) -> None:
    units = sorted(getattr(source(), group), key=lambda unit: -week.handled[unit.code])
    rows = []
    for n, unit in enumerate(units, 1):
        code, graded = unit.code, week.graded[unit.code]
        both = (week.process[code], week.result[code])
        rates = [show_percent(Fraction(good, graded), 0) if graded else "-" for good in both]
        rows.append([str(n), unit.name, str(week.handled[code]), str(week.closed[code]), *rates])
    assert rows == GOLDEN[annex]


def test_the_county_called_back_too_and_does_not_count(lives: list[Life], week: Tally) -> None:
    calls = [s for life in lives for s in life.steps if s.verb == "callback.recorded" and WEEK <= s.at < CUTOFF]
    layers = Counter(call.payload["layer"] for call in calls)
    assert layers["city"] == week.graded.total() >= 29
    assert layers["district"] > 200


def test_handled_and_closed(week: Tally) -> None:
    assert (week.handled.total(), week.closed.total()) == (2150, 1295)


def test_as_of_the_cut_off_only(lives: list[Life], week: Tally) -> None:
    """What came later is in the lives, and without the cut-off the week looks different."""
    late = tally(lives, WEEK, CUTOFF, cutoff=CUTOFF + timedelta(days=60))
    assert late.topics != week.topics
    assert late.classes != week.classes
    assert late.closed.total() > 2000
    assert late.handled.total() < 2150, "returns decided after the cut-off"
    assert late.graded == week.graded


def test_every_life_is_legal_and_ends_in_november(lives: list[Life], ended: list[Replay]) -> None:
    assert {order.state for order in ended} <= ENDS
    assert not any(order.running() for order in ended)
    assert max(step.at for life in lives for step in life.steps) < datetime(2021, 12, 1, tzinfo=WEEK.tzinfo)


def test_every_way_of_an_order_is_in_the_play(lives: list[Life], ended: list[Replay]) -> None:
    verbs = Counter(step.verb for life in lives for step in life.steps)
    orders = "answered redirected merged closed withdrawn reopened rehandled corrected excluded supplemented"
    wanted = {f"order.{verb}" for verb in orders.split()} | {f"share.{v}" for v in ("added", "opined", "sent_back")}
    wanted |= {"return.filed", "return.decided", "extension.filed", "extension.decided", "callback.tried"}
    assert {verb for verb in wanted if verbs[verb] < 3} == set()
    roles = Counter(part.role for order in ended for part in order.shares)
    assert roles["dual"] >= 60
    refused = [s for life in lives for s in life.steps if s.verb == "return.decided" and not s.payload["approved"]]
    assert refused
    assert any(s.at >= CUTOFF for life in lives for s in life.steps if s.verb == "order.excluded")


def test_a_repeat_is_merged_into_an_open_order_of_its_kind(lives: list[Life]) -> None:
    by_number = {life.number: life for life in lives}
    for life in lives:
        for step in life.steps:
            if step.verb == "order.merged":
                main = by_number[step.payload["other"]]
                assert replay(main, step.at).state == "dispatched"
                assert main.steps[0].payload["category"] == life.steps[0].payload["category"]
                assert main.steps[0].payload["address"] == life.steps[0].payload["address"]


def test_people_act_in_their_hours(lives: list[Life]) -> None:
    assert untimely(lives) == []
    called = Counter(life.registered_at.hour for life in lives)
    assert called[9] > called[13] > called[3]


def test_texts_are_not_copied(lives: list[Life]) -> None:
    texts = Counter(life.steps[0].payload["text"] for life in lives)
    assert len(texts) > len(lives) * 0.9
    said = " ".join(str(value) for life in lives for step in life.steps for value in step.payload.values())
    assert re.findall(r"村村(?!响)|。。|，，|，。|{[a-z]+}", said) == []


def test_units_get_what_is_theirs(lives: list[Life]) -> None:
    """A department that keeps an order of the week alone is sent its own trade."""
    trades = {unit.code: {*unit.topics, *unit.spare} for unit in source().departments}
    odd = 0
    for life in lives:
        order = replay(life)
        kept = {part.unit for part in order.shares if part.state != "returned"}
        if len(kept) == 1 and (trade := trades.get(next(iter(kept)))):
            odd += tuple(order.facts["category"][:2]) not in trade
    assert odd < 60, "corrections after the cut-off, and orders that their unit gave back"


def test_towns_and_hospitals_get_what_they_can_do(lives: list[Life]) -> None:
    towns = {unit.code for unit in source().towns}
    trade = {matter.title for lines in source().matters.values() for matter in lines if "x" in matter.flags}
    for life in lives:
        kept, asked = {part.unit for part in replay(life).shares if part.state != "returned"}, life.steps[0].payload
        if kept and kept <= towns:
            assert not any(asked["title"].endswith(title) for title in trade), asked["title"]
        if kept == {"renminyy"}:
            assert asked["title"].startswith("县人民医院")


def test_categories_are_those_of_the_centre() -> None:
    tree = set(read(policies_folder() / "categories" / "junan.csv"))
    assert {matter.path for lines in source().matters.values() for matter in lines} <= tree
    assert {tuple(path.split("/")) for pair in source().raw["mistaken"].items() for path in pair} <= tree


def test_the_same_seed_is_the_same_play(lives: list[Life]) -> None:
    again = plan_junan()
    assert [life.steps for life in again] == [life.steps for life in lives]
    assert [life.number for life in lives] == list(range(1, 3536))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_any_seed_gives_the_same_figures(seed: int, week: Tally) -> None:
    other = tally(plan_junan(seed), WEEK, CUTOFF)
    assert (other.handled, other.closed, other.sources) == (week.handled, week.closed, week.sources)
    assert (other.graded, other.process, other.result) == (week.graded, week.process, week.result)
