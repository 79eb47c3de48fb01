"""Plays a scene at a centre: each act through the one door, in its time, with whatever comes round by itself.

Between two acts time passes: the limits of what the scene has begun are rung when they lapse.  No verb has code here.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time

from django.core.exceptions import ValidationError
from PIL import ExifTags, Image

from lianxin.directory import snapshot
from lianxin.directory.models import Centre
from lianxin.duties import digest, language_draws, watching
from lianxin.duties.rounds import Round
from lianxin.ledger import verbs
from lianxin.ledger.acts import Act, Actor, Refused, Upload
from lianxin.ledger.door import record
from lianxin.ledger.models import Clock, Root, Task
from lianxin.oversight import handovers
from lianxin.rules.worktime import SHANGHAI

from . import rosters
from .expect import Look, Seen
from .names import Names
from .script import ActLine, Evasion, Fault, File, Scene
from .times import Times

#: What comes round by itself.
JOBS: Mapping[str, Callable[[int, datetime], int]] = {
    "duties": lambda centre, at: Round(centre, at).run(),
    "watches": lambda centre, at: watching.run(at),
    "digest": digest.make,
    "language": language_draws.draw,
    "handovers": lambda centre, at: handovers.look(at),
}


@dataclass
class Player:
    """One playing of a scene that begins on `first`.

    `until`: what happens later is not played; `key`: the acts are known by it, so that none is done twice; `checks`:
    whether what the scene says must hold, and `look` reads the pages of which it speaks.
    """

    scene: Scene
    centre: Centre
    first: date
    until: datetime | None = None
    key: str = ""
    checks: bool = True
    turn: int = 0
    look: Look | None = None
    at: datetime = field(init=False)
    names: Names = field(init=False)

    def __post_init__(self) -> None:
        self.at = datetime.combine(self.first, time(9), SHANGHAI)
        directory = snapshot.of(self.centre.pk)
        times = Times(self.first, directory.calendar_at(self.at))
        try:
            self.names = Names(directory, self.scene.cast, times, self.turn)
            for line in self.scene.roster:
                rosters.lay(line, self.names, self.at)
        except (ValueError, ValidationError) as error:
            raise Fault(f"{self.scene.file}, cast: {error}") from error
        if self.scene.roster:
            self.names.directory = snapshot.of(self.centre.pk)

    def play(self, evasion: Evasion | None = None) -> int:
        """Play it, or up to where the evasion begins and that.  Returns how many acts were done.  Raises `Fault`."""
        lines = self.scene.acts(evasion)
        for number, line in enumerate(lines):
            try:
                if not self._line(number, line):
                    return number
            except (ValueError, KeyError, Refused) as error:
                of = f" of the evasion {evasion.title!r}" if evasion else ""
                raise Fault(f"{self.scene.file}, act {number + 1}{of} ({line.title}): {error}") from error
        return len(lines)

    def _line(self, number: int, line: ActLine) -> bool:
        """One act; whether its time had come."""
        at = self.names.times.at(line.at, self.at) if line.at else self.at
        if self.until is not None and at > self.until:
            return False
        self.at = at
        self._pass_time()
        if line.job:
            JOBS[line.job](self.centre.pk, self.at)
        root = self._act(number, line) if line.verb else (self.names.root(line.on) if line.on else None)
        self._expect(line, root)
        return True

    def _act(self, number: int, line: ActLine) -> Root | None:
        root = self.names.root(line.on) if line.on else None
        said = self.names.meant(line.say, self.at, root)
        act = Act(
            line.verb,
            self.names.actor(line.who, self.at),
            self.at,
            said,
            order=root.pk if root else None,
            key=f"{self.key}:{number}" if self.key else None,
            recorded_at=self._recorded(self.at),
            files=tuple(self._file(file) for file in line.files),
        )
        try:
            done = record(act)
        except Refused as refused:
            self._refused(line, refused)
            return root
        if line.refused:
            raise ValueError("this was not refused")
        if line.makes:
            self.names.made[line.makes] = (verbs.get(line.verb).book.model, done.order)
            return self.names.root(line.makes)
        return root

    def _refused(self, line: ActLine, refused: Refused) -> None:
        """It was to be refused so, or it is a fault."""
        if not line.refused:
            raise refused
        if line.refused not in refused.problems.get(line.field, ""):
            raise ValueError(f"refused otherwise than beside {line.field!r} by {line.refused!r}: {refused.problems}")

    def _expect(self, line: ActLine, root: Root | None) -> None:
        seen = Seen(self.names, root, self.at, self.look)
        for expected in line.then:
            expected.name(seen)
            if self.checks and (wrong := self.wrong(expected.wrong, seen)):
                said = expected.model_dump(exclude_defaults=True, by_alias=True)
                raise ValueError(f"{said}: {wrong}")

    def wrong(self, ask: Callable[[Seen], str], seen: Seen) -> str:
        """What is otherwise than expected; a test asks more here."""
        return ask(seen)

    # --- time -----------------------------------------------------------------------------------
    def _recorded(self, at: datetime) -> datetime | None:
        return at if self.scene.clock == "marked" else None

    def _pass_time(self) -> None:
        """Ring what has lapsed of what the scene has begun, and lay what comes; a lapse may begin what lapses next."""
        while ripe := [found for root in self._roots() for found in self._ripe(root)]:
            at, _, root, verb, payload = min(ripe, key=lambda found: found[:2])
            system = Actor.system(self.centre.pk)
            record(Act(verb, system, at, payload, order=root.pk, recorded_at=self._recorded(at)))

    def _roots(self) -> Sequence[Root]:
        return [self.names.root(name) for name in self.names.made]

    def _ripe(self, root: Root) -> Iterator[tuple[datetime, int, Root, str, dict[str, list[int]]]]:
        """(when, what, its root, the verb, its payload) of each clock that is due, and each duty that comes."""
        running = Clock.objects.filter(**{root.column: root.pk}, ended_at=None, breached_at=None)
        for pk, due in running.filter(due__lte=self.at).values_list("pk", "due"):
            yield due, pk, root, root.rings[True], {"clocks": [pk]}
        coming = Task.objects.filter(**{root.column: root.pk}, done_at=None, comes_at__lte=self.at)
        for pk, at in coming.values_list("pk", "comes_at"):
            if at is not None:
                yield at, pk, root, root.comes, {"tasks": [pk]}

    # --- files ----------------------------------------------------------------------------------
    def _file(self, file: File) -> Upload:
        if file.text:
            return Upload(f"{file.name}.pdf", f"%PDF-1.7\n{file.text}\n%%EOF".encode())
        taken = self.names.times.at(file.photo, self.at).astimezone(SHANGHAI) if file.photo != "undated" else None
        picture, exif, buffer = Image.new("RGB", (8, 8), "white"), Image.Exif(), io.BytesIO()
        if taken is not None:
            exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = f"{taken:%Y:%m:%d %H:%M:%S}"
        picture.save(buffer, "JPEG", exif=exif)
        return Upload(f"{file.name}.jpg", buffer.getvalue())
