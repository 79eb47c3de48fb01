"""The inputs of the play, read once: units and their week, volumes, topics (`junan.toml`, `zhoucun.toml`), matters
(`matters.csv`)."""

from __future__ import annotations

import csv
import tomllib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
#: (first level, second level) of the categories
Topic = tuple[str, str]
#: Stands in `matters.csv` where months would.
EPIDEMIC = "疫"
#: Units of this size have orders of every kind; the small ones keep their few for orders of their own.
LARGE = 14


@dataclass(frozen=True, slots=True)
class Unit:
    """A handling unit.  `week` = (handled, closed by the cut-off), `city` = call-backs of the city in the week:
    (graded, satisfied with the process, satisfied with the result); `topics` are what it is sent (towns: anything),
    `spare` what it is sent when the week has no more of those; `at` names the places that are its own, by kind: it
    is asked about no other; `reach` says whether it works in the county seat only, or not in villages ("streets")."""

    name: str
    code: str
    town: bool
    week: tuple[int, int]
    city: tuple[int, int, int]
    topics: tuple[Topic, ...]
    spare: tuple[Topic, ...]
    at: Mapping[str, str]
    reach: str

    @property
    def roots(self) -> set[str]:
        return {root for root, _ in self.topics}


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing that people ask about, and how it is put right.

    `place` is the kind of place it happens at: v village, c housing estate, r road, s school, k kindergarten,
    m market, p shops, f factory, b building site, g park, d hospital, l reservoir, t the town, - none.
    `flags` are letters: u urgent; p one household's own affair; o on paper, with nothing to look at on site;
    q a question; x only for its trade, a town cannot do it; s may be put as a suggestion; and why it may not be
    possible: b it must be built and paid for, d two sides disagree, e the rules decide.
    """

    path: tuple[str, str, str]
    cls: str
    flags: frozenset[str]
    place: str
    when: str
    title: str
    facts: str
    ask: str
    done: str
    result: str

    @property
    def topic(self) -> Topic:
        return self.path[0], self.path[1]

    @property
    def on_paper(self) -> bool:
        return bool(self.flags & {"o", "q"})

    @property
    def question(self) -> bool:
        return "q" in self.flags

    @property
    def own(self) -> bool:
        """Nobody else is affected."""
        return bool(self.flags & {"p", "q"})

    def in_season(self, day: datetime) -> bool:
        """Whether people say so at this time: in these months (`9-11`), or while the epidemic lasts."""
        if self.when == EPIDEMIC:
            return 2020 <= day.year <= 2022
        spans = [line.partition("-")[::2] for line in self.when.split()]
        months = [(int(first), int(last or first)) for first, last in spans]
        return not months or any(
            first <= day.month <= last if first <= last else day.month >= first or day.month <= last
            for first, last in months
        )


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

    def in_season(self, topic: Topic, day: datetime) -> bool:
        """Whether anybody asks about it at this time of the year."""
        return any(matter.in_season(day) for matter in self.matters[topic])

    def taken_for(self, matter: Matter) -> tuple[str, ...] | None:
        """The category that one may take such a request for at first."""
        path = self.raw["mistaken"].get("/".join(matter.path))
        return tuple(path.split("/")) if path else None

    def neighbours(self, keeper: Unit, topic: Topic, area: str) -> list[Unit]:
        """Whose one could think it is where `keeper` has it: the trade's where it is a town's, else the town's."""
        if not keeper.town:
            return [unit for unit in self.towns if unit.name == area] or self.towns
        others = [unit for unit in self.departments if not unit.at]
        trade = [unit for unit in others if topic in unit.topics]
        kin = [unit for unit in others if topic[0] in unit.roots]
        return trade or kin or [unit for unit in others if unit.code in self.raw["anybody"]]


@cache
def source(centre: str = "junan") -> Source:
    """The inputs of the play at a centre.  What its file leaves out is as in Junan."""
    raw = tomllib.loads((HERE / "junan.toml").read_text(encoding="utf-8"))
    if centre != "junan":
        raw = _of(raw, tomllib.loads((HERE / f"{centre}.toml").read_text(encoding="utf-8")))
    return Source(raw, tuple(_unit(line) for line in raw["unit"]), _matters())


def _of(junan: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs of another centre: its own lines, and what its departments are sent as Junan's are."""
    there = {line["code"]: line for line in junan["unit"]}
    as_there = ("topics", "spare", "reach")
    like = [{k: v for k, v in there.get(line.get("like"), {}).items() if k in as_there} for line in own["unit"]]
    units = [{**kept, **line} for kept, line in zip(like, own["unit"], strict=True)]
    nowhere: dict[str, Any] = {"district": [], "post": [], "charge": [], "village": []}
    return {**junan, **nowhere, **own, "unit": units}


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
        line.get("at", {}),
        line.get("reach", ""),
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
            kind, path = line["kind"], (line["root"], line["topic"], line["leaf"])
            rest = {name: line[name] for name in ("place", "when", "title", "facts", "ask", "done", "result")}
            found[path[:2]].append(Matter(path, _CLASSES[kind[0]], frozenset(kind[1:]), **rest))
    return {topic: tuple(lines) for topic, lines in found.items()}
