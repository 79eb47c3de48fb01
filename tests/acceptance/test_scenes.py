"""Each row's scene, and each way of getting round the row, played at a small centre; and that the player complains."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from django.test import Client
from tests.acceptance.stages import stage
from tests.cast import Cast

from lianxin.directory.models import Staff
from lianxin.ledger.verify import verify
from lianxin.ops.simulation.scenes.expect import Expected, Page, Seen
from lianxin.ops.simulation.scenes.player import Player
from lianxin.ops.simulation.scenes.script import Evasion, Scene, scenes

pytestmark = pytest.mark.django_db

#: What scenes begin on: a week long past at the moment of the tests, so that all of it may have happened.
WEEK = {"": date(2026, 11, 4), "mon": date(2026, 11, 2), "tue": date(2026, 11, 3), "wed": date(2026, 11, 4)}
SCENES = scenes()


def lines() -> Iterator[Any]:
    for scene in SCENES:
        yield pytest.param(scene, None, id=scene.row.lower())
        for number, evasion in enumerate(scene.evasion, 1):
            yield pytest.param(scene, evasion, id=f"{scene.row.lower()}-evasion{number}")


@dataclass
class Contrary(Player):
    """A player that asks of whatever holds whether it would be missed: each value changed must be complained of."""

    missed: list[str] = field(default_factory=list)

    def wrong(self, ask: Callable[[Seen], str], seen: Seen) -> str:
        if said := ask(seen):
            return said
        expected: Expected = ask.__self__  # type: ignore[attr-defined]
        made = dict(self.names.made)
        for name, otherwise in changed(expected):
            try:
                found = otherwise.wrong(seen)
            except (ValueError, LookupError) as error:
                found = str(error)
            if not found:
                self.missed.append(f"{expected!r}: {name}")
        self.names.made = made
        return ""


#: What another value of a field is: of what stands for something, another thing of the cast.
OTHER: dict[str, Callable[[Any], Any]] = {
    "due": lambda text: "d17 03:33",
    "owner": lambda who: "analyst",
    "lies": lambda who: "analyst",
    "of": lambda who: "analyst" if who.partition("@")[0] in ("leader", "supervisor") else "nobody",
    "times": lambda number: number + 1,
    "reads": lambda lines: (*lines, "这句话哪里都没有"),
    "values": lambda values: {name: _not(value) for name, value in values.items()},
    "says": lambda values: {name: _not(value) for name, value in values.items()},
}
#: They name what is looked at, or how, and expect nothing themselves.
LOOKS = {"on", "makes", "page", "lacks"}


def changed(expected: Expected) -> Iterator[tuple[str, Expected]]:
    """The same expectation with one value changed, for each of its values."""
    empty = getattr(expected, "none", False) or getattr(expected, "running", True) is False
    for name in expected.model_fields_set - LOOKS:
        value = getattr(expected, name)
        if empty and not isinstance(value, bool):
            continue  # of nothing else there is none either
        if name in ("queue", "shown", "told", "event", "of") and getattr(expected, "yes", True) is False:
            continue
        if isinstance(expected, Page) and name == "of":
            continue  # several people read the same
        if getattr(expected, "times", 1) == 0 and name != "times":
            continue
        other = OTHER[name](value) if name in OTHER else _not(value)
        yield name, expected.model_copy(update={name: other})


def _not(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    return f"{value}x" if isinstance(value, str) else [value]


def site(cast: Cast) -> Callable[[int, str], str]:
    """The pages as people read them."""

    def look(person: int, address: str) -> str:
        client = Client()
        client.force_login(Staff.objects.get(pk=person))
        answer = client.get(address)
        assert answer.status_code == 200, f"{address}: {answer.status_code}"
        return answer.content.decode()

    return look


@pytest.mark.parametrize(("scene", "evasion"), list(lines()))
def test_the_scene_of(scene: Scene, evasion: Evasion | None) -> None:
    cast = stage(scene.centre)
    player = Contrary(scene, cast.centre, WEEK[scene.weekday], look=site(cast))
    assert player.play(evasion) == len(scene.acts(evasion))
    assert player.missed == []
    assert list(verify()) == []
