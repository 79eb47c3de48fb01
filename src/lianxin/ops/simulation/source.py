"""The inputs of the play, read once: units and their week, volumes, topics (`junan.toml`), matters (`matters.csv`)."""

from __future__ import annotations

import csv
import tomllib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
#: (first level, second level) of the categories
Topic = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Unit:
    """A handling unit.  `week` = (handled, closed by the cut-off), `city` = call-backs of the city in the week:
    (graded, satisfied with the process, satisfied with the result); `topics` are what it is sent (towns: anything),
    `spare` what it is sent when the week has no more of those."""

    name: str
    code: str
    town: bool
    week: tuple[int, int]
    city: tuple[int, int, int]
    topics: tuple[Topic, ...]
    spare: tuple[Topic, ...] = ()


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing that people ask about, and how it is put right.  `place` is the kind of place it happens at."""

    path: tuple[str, str, str]
    cls: str
    urgent: bool
    place: str
    title: str
    facts: str
    ask: str
    done: str
    result: str

    @property
    def topic(self) -> Topic:
        return self.path[0], self.path[1]


@dataclass(frozen=True, slots=True)
class Source:
    """All of it; `raw` is the file as read."""

    raw: Mapping[str, Any]
    units: tuple[Unit, ...]
    matters: Mapping[Topic, tuple[Matter, ...]]

    @property
    def towns(self) -> list[Unit]:
        return [unit for unit in self.units if unit.town]

    @property
    def departments(self) -> list[Unit]:
        return [unit for unit in self.units if not unit.town]

    @property
    def volume(self) -> Mapping[str, int]:
        return self.raw["volume"]  # type: ignore[no-any-return]

    def unit(self, code: str) -> Unit:
        return next(unit for unit in self.units if unit.code == code)

    def topics_of_root(self, root: str) -> list[Topic]:
        return [topic for topic in self.matters if topic[0] == root]


@cache
def source() -> Source:
    """The inputs of the play."""
    raw = tomllib.loads((HERE / "junan.toml").read_text(encoding="utf-8"))
    return Source(raw, tuple(_unit(line) for line in raw["unit"]), _matters())


@cache
def words() -> Mapping[str, Any]:
    """The words of the play."""
    return tomllib.loads((HERE / "words.toml").read_text(encoding="utf-8"))


def _unit(line: Mapping[str, Any]) -> Unit:
    handled, closed = line["week"]
    graded, process, result = line.get("city", (0, 0, 0))
    return Unit(
        line["name"],
        line["code"],
        line["group"] == "town",
        (handled, closed),
        (graded, process, result),
        tuple(topic_of(text) for text in line.get("topics", ())),
        tuple(topic_of(text) for text in line.get("spare", ())),
    )


def topic_of(text: str) -> Topic:
    """`居民生活/路灯` as a topic."""
    root, _, name = text.partition("/")
    return root, name


_CLASSES = {"h": "help", "c": "complaint", "r": "report"}


def _matters() -> Mapping[Topic, tuple[Matter, ...]]:
    found: dict[Topic, list[Matter]] = defaultdict(list)
    with (HERE / "matters.csv").open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            tone, path = line["tone"], (line["root"], line["topic"], line["leaf"])
            rest = {name: line[name] for name in ("place", "title", "facts", "ask", "done", "result")}
            found[path[:2]].append(Matter(path, _CLASSES[tone[0]], tone.endswith("u"), **rest))
    return {topic: tuple(lines) for topic, lines in found.items()}
