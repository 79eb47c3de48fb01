"""The month at Jinan in which the dispatch catalogue learns: units give back what is not theirs, and rulings mend it.

The dispatcher sends each request where the catalogue in force at that moment proposes.  Whoever gets what is another's
gives it back within hours.  At the end of a week the units dispute the rows by which they got most of that in writing,
the supervisor rules, and what was ruled comes into force with the next Monday; so the next week is sent by a better
catalogue.  Nothing of it is a figure that is written down: what is proposed is asked of the catalogue, and first
dispatches are counted from the ledger.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from lianxin.directory.models import Category, Centre
from lianxin.dispatch.catalogue import batches, proposing
from lianxin.dispatch.models import CatalogueBatch, CatalogueRow
from lianxin.intake.knowledge import keeping
from lianxin.intake.models import Article
from lianxin.ledger.acts import Act
from lianxin.ledger.door import record
from lianxin.proceedings.models import Proceeding
from lianxin.rules.worktime import SHANGHAI

from . import course, facts, lengths
from .drive import Stage, go
from .hours import NIGHT, advance, arrivals, dispatched
from .life import Life
from .source import Topic, source, topic_of
from .story import OWN, Call, Round, Share, Story
from .write import Writer

WEEKS = 5
#: How many come in on which day of a week.
BY_DAY = (18, 17, 16, 16, 15, 10, 8)
Told = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Item:
    """A thing that people ask about: whose it is, and to whom the catalogue gives it at first."""

    code: str
    topic: Topic
    keeper: str
    first: str
    often: int
    kind: str
    basis: str


def play(centre: Centre, now: datetime, told: Told = lambda done, total: None) -> None:
    """Four weeks and what there is of this one, up to `now`; what was done already is not done again."""
    month = Month(centre, now)
    month.begin()
    for week in range(WEEKS):
        month.play(week, told)


class Month:
    """The play at one centre."""

    def __init__(self, centre: Centre, now: datetime, seed: int = 12) -> None:
        self.stage, self.here = Stage(centre), source(centre.code)
        self.now, self.seed = now.astimezone(SHANGHAI).replace(microsecond=0), seed
        today = self.now.replace(hour=0, minute=0, second=0)
        self.start = today - timedelta(days=today.weekday() + 7 * (WEEKS - 1))
        self.items = [_item(line) for line in self.here.raw["item"]]
        self.lives: list[Life] = []

    def begin(self) -> None:
        """The catalogue of the start, in force since the day before."""
        self._bodies(self.start - timedelta(days=2))
        self._articles(self.start - timedelta(days=2))
        rows = [self._row(item, item.first or item.keeper) for item in self.items]
        self._enact("建立派单目录", "typed", rows, self.start - timedelta(days=2), self.start - timedelta(days=1))

    def _bodies(self, at: datetime) -> None:
        """Most units have formed their leading groups; the last of them have not."""
        for unit in self.here.units[: -self.here.raw["month"]["without_body"]]:
            chair, clerk = (self.stage.actor(f"{role}@{unit.code}", 0, at).staff for role in ("principal", "clerk"))
            said = {"since": at, "chair": [chair], "people": [chair, clerk], "in_charge": [clerk]}
            said |= {"measures": "热线事项由办公室统一收转，逐件落实到科室，每周调度一次。"}
            self._step(unit.code, "leading_group.formed", f"principal@{unit.code}", at, said, None)

    def _articles(self, at: datetime) -> None:
        """What agents answer by; drafted by the units, approved by the centre."""
        if Article.objects.filter(centre=self.stage.centre).exists():
            return
        for line in self.here.raw["article"]:
            said = {name: line[name] for name in ("title", "text", "basis", "clause", "keywords")}
            unit, clerk = line["unit"], self.stage.actor(f"clerk@{line['unit']}", 0, at)
            article = Article(
                centre=self.stage.centre,
                unit_id=self.stage.directory.unit_by_code[unit].id,
                category=self._category(topic_of(line["topic"])),
                valid_from=at.date(),
                review_on=at.date() + timedelta(days=365),
                drafted_by_id=clerk.staff or 0,
                drafted_at=at,
                **said,
            )
            keeping.approve(keeping.draft(article, None), self.stage.actor("supervisor", 0, at).staff or 0, at)

    def play(self, week: int, told: Told) -> None:
        """A week: requests are sent by the catalogue of then, and at its end the catalogue is mended."""
        monday = self.start + timedelta(days=7 * week)
        end = min(monday + timedelta(days=7), self.now)
        stories = list(self._stories(week, monday))
        self._write(stories)
        go(self.stage, self.lives, told, monday if week else None, end)
        if monday + timedelta(days=7) <= self.now:
            self._mend(monday, stories)

    # --- requests -----------------------------------------------------------------------------

    def _stories(self, week: int, monday: datetime) -> Iterator[Story]:
        random = Random(f"month:{self.seed}:{week}")
        asked = [item for item in self.items for _ in range(item.often)]
        random.shuffle(asked)
        for item, at in zip(asked, arrivals(random, monday, len(asked), BY_DAY), strict=True):
            at = at.replace(hour=NIGHT[1]) if at.hour < NIGHT[1] else min(at, at.replace(hour=NIGHT[0] - 1))
            if at <= self.now:
                yield self._story(random, item, at)

    def _story(self, random: Random, item: Item, at: datetime) -> Story:
        share = Share("lead", dispatched(random, at), unit=item.keeper)
        story = Story(at, rounds=[Round([share])], source=OWN, topic=item.topic)
        facts.choose_matter(self.here, random, story, may_be_urgent=False)
        part, sent = story.rounds[0], self._proposed(story, share.at)
        if sent and sent.line.lead_id != self.stage.directory.unit_by_code[item.keeper].id:
            wrong = self.stage.directory.units[sent.line.lead_id].code
            back = course.give_back(random, share.at)
            part.shares = [
                Share("lead", share.at, unit=wrong, given_back=back),
                Share("lead", back.decided, unit=item.keeper),
            ]
        lengths.fill_round(random, part)
        part.calls.append(Call("district", advance(part.passed, random.uniform(40, 400), centre=True)))
        story.proposed = proposing.payload(sent, self.stage.directory.pack(at)) if sent else None
        return story

    def _proposed(self, story: Story, at: datetime) -> Any:
        """What the catalogue in force at `at` proposes as clear."""
        assert story.matter is not None
        directory = self.stage.directory
        category = directory.category_by_path[story.matter.path].id
        asked = proposing.Asked(0, category, self.stage.areas.get(story.area), story.matter.title)
        return next((each for each in proposing.propose(directory, [asked], at)[0] if each.clear), None)

    def _write(self, stories: Sequence[Story]) -> None:
        writer = Writer(self.here, f"month:{self.seed}")
        for story in stories:
            story.number = len(self.lives) + 1
            self.lives.append(writer.write(story))

    # --- the catalogue ------------------------------------------------------------------------

    def _mend(self, monday: datetime, stories: Sequence[Story]) -> None:
        """What was given back most is disputed on Friday, ruled on Sunday, and holds from Monday on."""
        friday, sunday = monday + timedelta(days=4, hours=15), monday + timedelta(days=6, hours=16)
        back = Counter(story.topic for story in stories if any(s.given_back for s in story.shares))
        worst = [item for topic, _ in back.most_common(self.here.raw["month"]["disputed"]) for item in self._of(topic)]
        rows = [self._ruled(item, friday, sunday) for item in worst]
        self._enact(f"{monday:%m-%d}一周的职责界定", "ruling", rows, sunday, monday + timedelta(days=7))

    def _of(self, topic: Any) -> Iterator[Item]:
        return (item for item in self.items if item.topic == topic)

    def _ruled(self, item: Item, friday: datetime, sunday: datetime) -> CatalogueRow:
        """The unit disputes the row, the supervisor finds it right."""
        directory = self.stage.directory
        keeper = directory.unit_by_code[item.keeper]
        text = f"本单位按派单目录收到的“{item.topic[1]}”类工单，职责属于{keeper.name}，依据是{item.basis}。"
        asked = {"level": item.code, "text": text, "suggested": keeper.id}
        root = self._step(item.code, "coordination.objected", f"clerk@{item.first}", friday, asked, None)
        said = {
            "outcome": "upheld",
            "shares": [{"unit": keeper.id, "role": "lead"}],
            "basis": "duty_list",
            "basis_text": item.basis,
            "reason": f"经核对职责依据，此类事项由{keeper.name}承办，自下周一起按新的派单目录派单。",
            "catalogue": "yes",
            "item": item.topic[1],
        }
        self._step(item.code, "coordination.decided", "supervisor", sunday, said, root)
        row = self._row(item, item.keeper)
        row.ruling = Proceeding.objects.get(pk=root or 0)
        return row

    def _step(
        self, about: str, verb: str, who: str, at: datetime, payload: dict[str, Any], root: int | None
    ) -> int | None:
        key = f"play:{self.stage.centre.pk}:{verb}:{about}"
        actor = self.stage.actor(who, 0, at)
        return record(Act(verb, actor, at, payload, order=root, key=key)).order

    def _row(self, item: Item, lead: str) -> CatalogueRow:
        """The row of an item, about all leaves of its topic."""
        return CatalogueRow(
            code=item.code,
            item=item.topic[1],
            category=self._category(item.topic),
            lead_id=self.stage.directory.unit_by_code[lead].id,
            basis=item.kind,
            basis_text=item.basis,
            basis_day=self.start.date(),
        )

    def _category(self, topic: Topic) -> Category:
        return Category.objects.get(centre=self.stage.centre, parent__name=topic[0], name=topic[1])

    def _enact(self, title: str, source_: str, rows: list[CatalogueRow], at: datetime, since: datetime) -> None:
        """Drafted by a dispatcher, enacted by the supervisor; unless that was done before."""
        if not rows or CatalogueBatch.objects.filter(centre=self.stage.centre, title=title).exists():
            return
        who = [batches.Who(self.stage.centre.pk, self.stage.actor(post, 0, at).staff or 0, at) for post in _POSTS]
        batch = batches.begin(who[0], title, source_)
        batches.draft(batch, rows)
        batches.enact(batch, who[1], since)


#: Who drafts a batch, and who enacts it.
_POSTS = ("dispatcher", "supervisor")


def _item(line: dict[str, Any]) -> Item:
    return Item(**{"first": "", **line, "topic": topic_of(line["topic"])})
