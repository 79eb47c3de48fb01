"""A scene as it stands in its file, read strictly: what it gets wrong is named with the file and the act."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from lianxin.ledger import verbs

from .expect import KINDS, Expected
from .names import Sought
from .rosters import RosterLine
from .times import WEEKDAYS

HERE = Path(__file__).parent
PARTS = HERE / "parts.toml"


class Fault(Exception):
    """What a scene gets wrong, or what does not hold in it: the file, the act and the sentence."""


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class File(_Line):
    """A file that is handed in: a photograph with the time at which it was taken (or without), or a text."""

    photo: str = ""
    text: str = ""
    name: str = "附件"


class ActLine(_Line):
    """One thing that happens: somebody's act, a job that comes round, or nothing but a look at how things stand."""

    name: str = ""
    at: str = ""
    who: str = ""
    verb: str = ""
    on: str = ""
    makes: str = ""
    say: Mapping[str, Any] = Field(default_factory=dict)
    files: tuple[File, ...] = ()
    job: Literal["", "duties", "watches", "digest", "language", "handovers"] = ""
    #: a part of the sentence with which it is refused, and beside which field that stands
    refused: str = ""
    field: str = ""
    then: tuple[Expected, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _kinds(cls, data: Any) -> Any:
        """Each expectation as the kind that its key says."""
        if isinstance(data, Mapping) and "then" in data:
            return {**data, "then": tuple(_expected(line) for line in data["then"])}
        return data

    @model_validator(mode="after")
    def _one_thing(self) -> ActLine:
        if self.job and self.verb:
            raise ValueError("an act is a verb or a job")
        if bool(self.verb) != bool(self.who):
            raise ValueError("an act has a verb and somebody who does it")
        if not (self.verb or self.job or self.then):
            raise ValueError("nothing happens")
        if self.verb:
            _known(self.verb, self.say)
        return self

    @property
    def title(self) -> str:
        return self.name or self.verb or self.job or "look"


class Evasion(_Line):
    """How somebody tries to get round the rule, from after the act of that name (left out: after all) on."""

    title: str
    after: str = ""
    act: tuple[ActLine, ...]


class Scene(_Line):
    """One row's scene.  `clock`: whether the ledger takes its own time, as in life, or the scene's."""

    row: str
    title: str
    centre: Literal["zhoucun", "junan", "jinan"]
    clock: Literal["wall", "marked"] = "wall"
    #: so many working days before today it begins in the demo, on that day of the week
    ago: int
    weekday: str = ""
    cast: Mapping[str, Sought] = Field(default_factory=dict)
    roster: tuple[RosterLine, ...] = ()
    act: tuple[ActLine, ...]
    evasion: tuple[Evasion, ...] = Field(min_length=1)
    path: Path = Path()

    @property
    def file(self) -> str:
        return f"{self.path.parent.name}/{self.path.name}"

    def acts(self, evasion: Evasion | None = None) -> Sequence[ActLine]:
        """What is played: the whole scene, or that much of it after which the evasion begins, and the evasion."""
        if evasion is None:
            return self.act
        names = [line.name for line in self.act]
        many = names.index(evasion.after) + 1 if evasion.after else len(names)
        return (*self.act[:many], *evasion.act)


def scenes(folder: Path = HERE) -> tuple[Scene, ...]:
    """All scenes, by file.  Raises `Fault`."""
    return tuple(read(path) for path in sorted(folder.glob("*/*.toml")))


def read(path: Path) -> Scene:
    """The scene of a file.  Raises `Fault`."""
    try:
        return told(tomllib.loads(path.read_text("utf-8")), path)
    except tomllib.TOMLDecodeError as error:
        raise Fault(f"{path.name}: {error}") from error


def told(tables: Mapping[str, Any], path: Path) -> Scene:
    """The scene of these tables.  Raises `Fault`."""
    where = f"{path.parent.name}/{path.name}"
    try:
        whole = {**tables, "act": list(_whole(tables.get("act", ()))), "path": path}
        whole["evasion"] = [{**e, "act": list(_whole(e.get("act", ())))} for e in tables.get("evasion", ())]
        scene = Scene.model_validate(whole)
    except ValidationError as error:
        raise Fault(_sentence(where, whole, error)) from error
    except (KeyError, ValueError) as error:
        raise Fault(f"{where}: {error}") from error
    if scene.weekday and scene.weekday not in WEEKDAYS:
        raise Fault(f"{where}: {scene.weekday!r} is no day of the week")
    for evasion in scene.evasion:
        if evasion.after and evasion.after not in {line.name for line in scene.act}:
            raise Fault(f"{where}, evasion {evasion.title!r}: no act is called {evasion.after!r}")
    return scene


def _expected(line: Mapping[str, Any]) -> Expected:
    kind = next((KINDS[key] for key in line if key in KINDS), None)
    if kind is None:
        raise ValueError(f"nothing is expected by {sorted(line)}; one of {sorted(KINDS)}")
    return kind.model_validate(line)


def _known(verb: str, say: Mapping[str, Any]) -> None:
    """The verb is one, and says no more than it may."""
    try:
        fields = verbs.get(verb).payload.model_fields
    except KeyError:
        raise ValueError(f"there is no verb {verb!r}") from None
    if strange := sorted(say.keys() - fields.keys()):
        raise ValueError(f"{verb} has no {', '.join(strange)}")


# --- parts -----------------------------------------------------------------------------------


@cache
def parts() -> Mapping[str, Mapping[str, Any]]:
    """What happens in many scenes (`parts.toml`), by name."""
    return {part["name"]: part for part in tomllib.loads(PARTS.read_text("utf-8"))["part"]}


def _whole(lines: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The acts, with those of a part in its place."""
    for line in lines:
        if "part" in line:
            yield from _of_part(dict(line))
        else:
            yield line


def _of_part(line: dict[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The acts of a part, with its words put in; `also` says more in the act of that verb; time, name and expectations
    of the line are those of its first and of its last act."""
    name = line.pop("part")
    if name not in parts():
        raise ValueError(f"there is no part {name!r}")
    part = parts()[name]
    also, first = line.pop("also", {}), {"at": line.pop("at")} if "at" in line else {}
    last: dict[str, Any] = {key: line.pop(key) for key in ("then", "name") if key in line}
    words = {**part.get("words", {}), **line}
    if strange := sorted(line.keys() - part.get("words", {}).keys()):
        raise ValueError(f"the part {name!r} has no {', '.join(strange)}")
    acts = [dict(act) for act in _whole([_put(act, words) for act in part["act"]])]
    for verb, more in also.items():
        found = [act for act in acts if act.get("verb") == verb]
        if not found:
            raise ValueError(f"the part {name!r} has no act {verb!r}")
        found[0]["say"] = {**found[0].get("say", {}), **more}
    acts[0].update(first)
    acts[-1].update(last)
    yield from acts


def _put(value: Any, words: Mapping[str, str]) -> Any:
    """The value with `{word}` replaced wherever it stands in it."""
    if isinstance(value, str):
        for word, text in words.items():
            value = value.replace(f"{{{word}}}", text)
        return value
    if isinstance(value, Mapping):
        return {key: _put(item, words) for key, item in value.items()}
    return [_put(item, words) for item in value] if isinstance(value, list) else value


def _sentence(where: str, whole: Mapping[str, Any], error: ValidationError) -> str:
    """The first thing that is wrong: in which act, by which key."""
    first, place, at = error.errors()[0], [], whole
    for step in first["loc"]:
        at = _within(at, step)
        called = at.get("name") or at.get("verb") or at.get("title") or "" if isinstance(at, Mapping) else ""
        place.append(f"{step + 1} ({called})" if isinstance(step, int) else step)
    return f"{where}, {' '.join(place)}: {first['msg']}"


def _within(at: Any, step: Any) -> Any:
    if isinstance(at, Mapping):
        return at.get(step)
    return at[step] if isinstance(at, list | tuple) and isinstance(step, int) and step < len(at) else None
