"""What a scene gets wrong is named with its file and act, and what does not hold in it is told."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.stages import stage
from tests.cast import shanghai

from lianxin.directory.models import Roster
from lianxin.ops.simulation.scenes.player import Player
from lianxin.ops.simulation.scenes.script import Fault, read, scenes, told
from lianxin.ops.simulation.scenes.times import Times, first_day
from lianxin.rules.worktime import Calendar

PATH = Path("zhoucun/x.toml")
SCENE = """
row = "B10"
title = "试"
centre = "zhoucun"
ago = 1
[cast]
town = { type = "town" }
[[act]]
name = "sent"
part = "sent"
at = "d0 09:00"
then = [{ state = "dispatched" }]
[[act]]
at = "+1h"
who = "clerk@town"
verb = "share.signed"
on = "order"
[[evasion]]
title = "试"
after = "sent"
[[evasion.act]]
who = "clerk@town"
verb = "share.replied"
on = "order"
say = { measures = "换阀" }
refused = "请填写"
field = "result"
"""


def fault(text: str) -> str:
    with pytest.raises(Fault) as caught:
        told(tomllib.loads(text), PATH)
    return str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('row = "B10"', 'row = "B10"\nrwo = 1', "zhoucun/x.toml, rwo: Extra inputs"),
        ('who = "clerk@town"\nverb = "share.signed"', 'whom = "a"\nverb = "share.signed"', "act 3 (share.signed) whom"),
        ('verb = "share.signed"', 'verb = "share.sung"', "there is no verb 'share.sung'"),
        ("say = { measures", "say = { meansures", "act 1 (share.replied): Value error, share.replied has no meansures"),
        ('{ state = "dispatched" }', '{ state = "dispatched", sate = 1 }', "act 2 (sent)"),
        ('{ state = "dispatched" }', '{ steat = "dispatched" }', "nothing is expected by ['steat']"),
        ('part = "sent"', 'part = "snet"', "there is no part 'snet'"),
        ('part = "sent"', 'part = "sent"\nuint = "town"', "the part 'sent' has no uint"),
        ('part = "sent"', 'part = "sent"\nalso = { "share.signed" = {} }', "has no act 'share.signed'"),
        ('after = "sent"', 'after = "snet"', "evasion '试': no act is called 'snet'"),
        ('verb = "share.signed"', 'verb = "share.signed"\njob = "digest"', "an act is a verb or a job"),
        ('who = "clerk@town"\nverb = "share.signed"', 'who = "clerk@town"', "a verb and somebody"),
        ("ago = 1", 'ago = 1\nweekday = "sat"', "'sat' is no day of the week"),
    ],
)
def test_what_a_file_gets_wrong_is_named(old: str, new: str, said: str) -> None:
    assert old in SCENE
    assert said in fault(SCENE.replace(old, new, 1))


def test_each_scene_has_an_evasion_and_no_file_is_broken(tmp_path: Path) -> None:
    assert "evasion" in fault(SCENE.partition("[[evasion]]")[0])
    (tmp_path / "x.toml").write_text("row = ", "utf-8")
    with pytest.raises(Fault, match=r"x\.toml"):
        read(tmp_path / "x.toml")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('type = "town"', 'type = "school"', "cast: nobody is 'town'"),
        ('at = "+1h"', 'at = "soon"', "'soon' is no time"),
        ('who = "clerk@town"', 'who = "clerk@bureau"', "no unit 'bureau' in the cast"),
        ('who = "clerk@town"', 'who = "singer@town"', "no post 'singer@town'"),
        ('on = "order"', 'on = "other"', "act 3 (share.signed): nothing is called 'other' yet"),
        ('{ state = "dispatched" }', '{ state = "closed" }', "act 2 (sent): {'state': 'closed'}"),
        ('who = "clerk@town"', 'who = "agent"', "act 3 (share.signed)"),
    ],
)
def test_what_does_not_hold_is_told(old: str, new: str, said: str) -> None:
    scene = told(tomllib.loads(SCENE.replace(old, new, 1)), PATH)
    with pytest.raises(Fault) as caught:
        Player(scene, stage("zhoucun").centre, date(2026, 11, 4)).play()
    assert said in str(caught.value)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("", "", ""),
        ('refused = "请填写"', 'refused = "没有这句"', "refused otherwise"),
        ('field = "result"', 'field = "measures"', "refused otherwise"),
        ('refused = "请填写"\nfield = "result"', "", "act 3 of the evasion '试' (share.replied)"),
        (
            'verb = "share.replied"\non = "order"\nsay = { measures = "换阀" }',
            'verb = "share.signed"\non = "order"',
            "was not refused",
        ),
    ],
)
def test_what_was_to_be_refused_is(old: str, new: str, said: str) -> None:
    scene = told(tomllib.loads(SCENE.replace(old, new, 1)), PATH)
    player = Player(scene, stage("zhoucun").centre, date(2026, 11, 4))
    if not said:
        assert player.play(scene.evasion[0]) == 3
        return
    with pytest.raises(Fault) as caught:
        player.play(scene.evasion[0])
    assert said in str(caught.value)


@pytest.mark.django_db
def test_what_is_later_than_now_is_not_played() -> None:
    scene = told(tomllib.loads(SCENE), PATH)
    centre = stage("zhoucun").centre
    assert Player(scene, centre, date(2026, 11, 4), until=shanghai("2026-11-04 09:30")).play() == 2


ROSTER = """
[[roster]]
post = "dispatcher"
kind = "dispatchers"
start = "d0 09:00"
until = "c3 09:00"
hours = 24
teams = [["甲班", ["dispatcher"]], ["乙班", ["dispatcher:b"]]]
"""


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('post = "dispatcher"', 'post = "singer"', "cast: there is no post 'singer'"),
        ('["dispatcher:b"]', '["singer"]', "cast: there is no post 'singer'"),
        ('until = "c3 09:00"', 'until = "d0 08:00"', "结束时间必须晚于开始时间"),
    ],
)
def test_what_a_roster_gets_wrong_is_told(old: str, new: str, said: str) -> None:
    scene = told(tomllib.loads(SCENE.replace("[[act]]", ROSTER.replace(old, new, 1) + "[[act]]", 1)), PATH)
    with pytest.raises(Fault) as caught:
        Player(scene, stage("zhoucun").centre, date(2026, 11, 4))
    assert said in str(caught.value)
    assert not Roster.objects.exists()


@pytest.mark.django_db
def test_a_roster_is_laid_once_and_whoever_has_the_shift_acts() -> None:
    scene = told(tomllib.loads(SCENE.replace("[[act]]", ROSTER + "[[act]]", 1)), PATH)
    cast = stage("zhoucun")
    player = Player(scene, cast.centre, date(2026, 11, 4))
    post = cast.posts["dispatcher"]
    a, b = (player.names.person("dispatcher", shanghai(f"2026-11-0{day} 10:00")) for day in (4, 5))
    assert (a, b) == (post.holder_a_id, post.holder_b_id)
    Player(scene, cast.centre, date(2026, 11, 5))
    assert Roster.objects.get().start == shanghai("2026-11-04 09:00"), "one in force stays"


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("d0 24:00", "2026-10-01 00:00"),
        ("d1 09:00", "2026-10-08 09:00"),  # after the national holiday
        ("d3 24:00", "2026-10-11 00:00"),  # Saturday the 10th is worked
        ("d-1 09:00", "2026-09-29 09:00"),
        ("c1 09:00", "2026-10-01 09:00"),
        ("m1 00:00", "2026-10-05 00:00"),
        ("m0 00:00", "2026-09-28 00:00"),
        ("+90m", "2026-09-30 11:30"),
        ("+1d", "2026-10-01 10:00"),
    ],
)
def test_times(text: str, at: str) -> None:
    days: Any = {date(2026, 10, day): False for day in range(1, 8)} | {date(2026, 10, 10): True}
    times = Times(date(2026, 9, 30), Calendar(days))
    assert times.at(text, shanghai("2026-09-30 10:00")) == shanghai(at)


def test_the_first_day_is_a_working_day_so_long_ago() -> None:
    calendar = Calendar({})
    monday = date(2026, 11, 30)
    assert first_day(calendar, monday, 1) == date(2026, 11, 27)
    assert first_day(calendar, monday, 6) == date(2026, 11, 20)
    assert first_day(calendar, monday, 6, "tue") == date(2026, 11, 17)
    assert first_day(calendar, date(2026, 11, 29), 1) == date(2026, 11, 27)


#: The rows of issue 8, and of Jinan's.
ROWS = [
    *("B03", "B04", "B07", "B08", *(f"B{n}" for n in range(10, 24)), "B27", "B28", "B29", "B30", "B37", "B38"),
    *("B40", "B41"),
    *(
        "C10",
        "C20",
        "C21",
        "C27",
        "C28",
        "C32",
        "C37",
        "C38",
        "C39",
        "C40",
        "C41",
        "C45",
        "C46",
        "C47",
        "C48",
        "C49",
        "C51",
        "C53",
    ),
    *("C54", "C56", "C57", "C58", "C59", "C64"),
    *("D16", "D17", "D19", *(f"D{n}" for n in range(21, 29)), "D30", "D35", "D36"),
]


def test_each_row_that_is_played_has_one_scene() -> None:
    assert sorted(scene.row for scene in scenes()) == ROWS
    for scene in scenes():
        assert scene.path.stem == scene.row.lower()
        assert scene.centre == {"B": "zhoucun", "C": "jinan", "D": "junan"}[scene.row[0]]
        assert scene.evasion
