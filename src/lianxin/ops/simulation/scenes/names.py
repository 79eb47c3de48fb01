"""The cast of a scene in a centre's directory, and what its words stand for.

Somebody is a post by its role, of the centre (`leader`) or of a unit of the cast (`clerk@town`), where that has several
also by its name (`clerk@town/快速反应队`); with `:b` he is who stands in for its holder.  In what is said,
`unit:town`, `person:clerk@town`, `number:order`, `id:order`, `time:d3 18:00`, `category:甲/乙`, `area:甲`, and, of
the root that is acted on, `task:visit`, `share:town`, `charge:deputy@town` (who is in charge of its field there) and
`said:recheck.drawn/drawn/0` (the first of what that act said as `drawn`) stand for what they name; in braces, within a
text, also a unit's name and an order's number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from lianxin.directory.lines import PostLine, UnitLine
from lianxin.directory.snapshot import Snapshot
from lianxin.ledger.acts import Actor
from lianxin.ledger.models import Entry, Root, Task
from lianxin.orders.models import Order, Share

from .times import Times

_STANDS_FOR = re.compile(r"(unit|person|number|id|task|share|charge|said|time|category|area):(.+)")

#: Scenes of a demo take turns on so many units.
MANY = 2
_WORD = re.compile(r"\{([^{}]+)\}")


class Sought(BaseModel):
    """A unit of the cast, as it is found in the directory: the first (by position) that fits."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    type: str = ""
    code: str = ""
    #: below which other unit of the cast it stands; left out, right below the centre
    below: str = ""
    #: posts that it must have, and must not have
    has: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()


@dataclass
class Names:
    """What is called how in a scene at a centre."""

    directory: Snapshot
    cast: Mapping[str, Sought]
    times: Times
    #: of several units that would do, which is taken: scenes of the demo need not all fall on one
    turn: int = 0
    units: dict[str, UnitLine] = field(default_factory=dict)
    #: what acts of the scene have begun
    made: dict[str, tuple[type[Root], int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Of several units that would do each has its turn; where one leaves a part uncast, it is the next one's."""
        for turn in range(self.turn, self.turn + MANY):
            missing = self._choose(turn)
            if not missing:
                return
        raise ValueError(f"nobody is {missing!r}: {self.cast[missing].model_dump(exclude_defaults=True)}")

    def _choose(self, turn: int) -> str:
        """Find the cast.  Returns for which part there is nobody."""
        self.units = {"centre": self.directory.root}
        for name, sought in self.cast.items():
            found = [unit for unit in self._fitting(sought) if unit.id not in {u.id for u in self.units.values()}]
            if not found:
                return name
            self.units[name] = found[turn % min(len(found), MANY)]
        return ""

    def _fitting(self, sought: Sought) -> Iterator[UnitLine]:
        above = self.units[sought.below or "centre"].id
        for unit in sorted(self.directory.units.values(), key=lambda unit: unit.position):
            posts = {post.role for post in self.directory.posts.values() if post.unit == unit.id}
            named = sought.code in ("", unit.code) and sought.type in ("", unit.type) and unit.parent == above
            if named and unit.active and {*sought.has} <= posts and not {*sought.lacks} & posts:
                yield unit

    # --- people ---------------------------------------------------------------------------------
    def post(self, who: str) -> PostLine:
        """The post that a name stands for.  Raises ValueError."""
        role, _, place = who.partition(":")[0].partition("@")
        unit, _, name = place.partition("/")
        posts = self.directory.posts_at(self._unit(unit or "centre").id, role)
        found = next((post for post in posts if name in ("", post.name)), None)
        if found is None:
            raise ValueError(f"there is no post {who!r}")
        return found

    def person(self, who: str, at: datetime) -> int | None:
        """Who holds it at that time."""
        post = self.post(who)
        return post.holder_b if who.endswith(":b") else self.directory.holder(post.id, at)

    def actor(self, who: str, at: datetime) -> Actor:
        if who == "system":
            return Actor.system(self.directory.centre_id)
        post = self.post(who)
        return Actor(post.role, self.directory.centre_id, self.person(who, at), post.id, post.unit)

    def _unit(self, name: str) -> UnitLine:
        if name not in self.units:
            raise ValueError(f"there is no unit {name!r} in the cast")
        return self.units[name]

    # --- what acts have begun -------------------------------------------------------------------
    def root(self, name: str) -> Root:
        """The order or proceeding of that name, as it stands now.  Raises ValueError."""
        if name not in self.made:
            raise ValueError(f"nothing is called {name!r} yet")
        model, pk = self.made[name]
        return model._default_manager.get(pk=pk)

    def begun(self, root: Root) -> str:
        """What the scene calls it; empty where it has no name."""
        return next((name for name, made in self.made.items() if made == (type(root), root.pk)), "")

    # --- words ----------------------------------------------------------------------------------
    def meant(self, value: Any, at: datetime, root: Root | None = None) -> Any:
        """The value with what its words stand for.  Raises ValueError."""
        if isinstance(value, Mapping):
            return {key: self.meant(item, at, root) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.meant(item, at, root) for item in value]
        if isinstance(value, str) and (match := _STANDS_FOR.fullmatch(value)):
            return self._word(match[1])(match[2], at, root)
        return self.spelled(value, at, root) if isinstance(value, str) else value

    def _word(self, kind: str) -> Callable[[str, datetime, Root | None], Any]:
        words: dict[str, Callable[[str, datetime, Root | None], Any]] = {
            "unit": lambda name, at, root: self._unit(name).id,
            "person": lambda name, at, root: self.person(name, at),
            "number": lambda name, at, root: self.root(name).number,
            "id": lambda name, at, root: self.root(name).pk,
            "time": lambda text, at, root: self.times.at(text, at),
            "category": lambda path, at, root: self.directory.category_by_path[tuple(path.split("/"))].id,
            "area": lambda name, at, root: self._area(self.spelled(name, at, root)),
            "charge": lambda name, at, root: self._charge(name, at, root),
            "task": lambda kind, at, root: self._task(kind, root),
            "share": lambda name, at, root: self._share(name, root),
            "said": lambda path, at, root: self._said(path, root),
        }
        return words[kind]

    def spelled(self, text: str, at: datetime, root: Root | None) -> str:
        """The text with `{town}` as the unit's name, `{order}` as the number, and `{charge:deputy@town}` as the id."""

        def word(match: re.Match[str]) -> str:
            name = match[1]
            if name in self.made or name in self.units:
                return self.root(name).number if name in self.made else self.units[name].name
            return str(self.meant(name, at, root))

        return _WORD.sub(word, text)

    def _area(self, name: str) -> int:
        found = next((area.id for area in self.directory.areas.values() if area.name == name), None)
        if found is None:
            raise ValueError(f"there is no area {name!r}")
        return found

    def _charge(self, name: str, at: datetime, root: Root | None) -> int | None:
        assert isinstance(root, Order), f"charge:{name} is of the order that is acted on"
        link, _, unit = name.partition("@")
        line = self.directory.charge(self._unit(unit).id, root.category_id, root.area_id)
        if line is None:
            raise ValueError(f"nobody of {unit!r} is in charge of it")
        return self.directory.holder(line.deputy if link == "deputy" else line.head, at)

    def _task(self, kind: str, root: Root | None) -> int:
        assert root is not None, f"task:{kind} is of the order that is acted on"
        mine = Task.objects.filter(**{root.column: root.pk}, kind=kind).order_by("done_at", "-pk")
        return self._found(mine.filter(done_at=None).first() or mine.last(), f"task {kind!r}")

    def _share(self, name: str, root: Root | None) -> int:
        assert root is not None, f"share:{name} is of the order that is acted on"
        mine = Share.objects.filter(order=root.pk, unit=self._unit(name).id)
        return self._found(mine.order_by("pk").last(), f"share of {name!r}")

    @staticmethod
    def _said(path: str, root: Root | None) -> Any:
        """What the ledger filled in, which no file can know: what was drawn by lot."""
        assert root is not None, f"said:{path} is of what is acted on"
        action, name, place = path.split("/")
        said = Entry.objects.filter(**{root.column: root.pk}, action=action).order_by("number").last()
        if said is None or len(said.payload.get(name, ())) <= int(place):
            raise ValueError(f"nothing was said as {path!r}")
        return said.payload[name][int(place)]

    @staticmethod
    def _found(row: Task | Share | None, what: str) -> int:
        if row is None:
            raise ValueError(f"there is no {what}")
        return row.pk
