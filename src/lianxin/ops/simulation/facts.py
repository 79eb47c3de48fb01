"""What the orders of the play are about: topics dealt so that the week's counts come out, then a matter for each.

Invariant: of the week's accepted orders each second-level topic of the five counted categories, each other category
and each class has exactly the number that the source says, as known at the cut-off.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta
from random import Random

from .source import Matter, Source, Topic, Unit, topic_of, words
from .story import WEEK, Story

#: How an order reaches the centre.  What the city's platform passes on has its number.
CHANNELS = {"upper": 68, "phone": 20, "web": 6, "text": 4, "letter": 1, "patrol": 1}


class Quotas:
    """How many orders of each topic are still to be dealt; other categories have one number for all their topics."""

    def __init__(self, source: Source) -> None:
        raw = source.raw
        self.left: Counter[Topic | str] = Counter(
            {(root, name): number for root, line in raw["topics"].items() for name, number in line.items()}
        )
        self.left.update(raw["roots"])

    def key(self, topic: Topic) -> Topic | str:
        return topic if topic in self.left else topic[0]

    def of(self, topic: Topic) -> int:
        return self.left[self.key(topic)]

    def take(self, topic: Topic) -> Topic:
        if not self.of(topic):
            raise ValueError(f"no order of {topic} left to deal")
        self.left[self.key(topic)] -= 1
        return topic


def deal_topics(source: Source, random: Random, stories: Sequence[Story]) -> None:
    """A topic for each order of the week that fits its units, counted out; for the week before as it comes."""
    quotas, in_week = Quotas(source), [story for story in stories if story.registered >= WEEK]
    for n, story in enumerate(story for story in in_week if story.end == "redirected"):
        story.redirect = words()["redirect"][n % len(words()["redirect"])]
        story.topic = quotas.take(topic_of(story.redirect["topic"]))
    left: list[Story] = []
    for story in sorted((s for s in in_week if s.topic is None), key=lambda s: _choice(source, s)):
        unit = _trade(source, story)
        if unit is None:
            left.append(story)
        else:
            story.topic = quotas.take(_of_trade(random, unit, quotas))
    answers = [topic_of(text) for text in source.raw["answers"]["topics"]]
    for story in [story for story in left if story.end == "answered"]:
        story.topic = quotas.take(_drawn(random, answers, quotas))
        left.remove(story)
    rest = [key for key, number in quotas.left.items() for _ in range(number)]
    random.shuffle(rest)
    for story, key in zip(left, rest, strict=True):
        story.topic = _town_topic(source, random, key)
    _twins(random, left)
    for story in stories:
        if story.topic is None:
            story.topic = ordinary_topic(source, random, story)


def _twins(random: Random, left: Sequence[Story]) -> None:
    """Each merged order repeats another of its topic that is open at the cut-off, so open when the repeat comes.

    It changes topics with a third order, which only towns handle, so that the counts stay.
    """
    open_ones = [s for s in left if s.end == "handled" and len(s.shares) == 1 and s.shares[0].closed is False]
    given: set[int] = set()
    for story in (story for story in left if story.end == "merged"):
        for main in random.sample(open_ones, len(open_ones)):
            others = [s for s in left if s.topic == main.topic and s.end != "merged" and s is not main]
            late = story.registered - main.shares[0].at
            if id(main) in given or not others or not timedelta(minutes=20) < late < timedelta(days=6):
                continue
            given.add(id(main))
            story.twin, story.topic, others[0].topic = main, main.topic, story.topic
            break
        else:
            raise ValueError("nothing open to merge into")


def _choice(source: Source, story: Story) -> int:
    """Units with few topics first, so that what they need is still there."""
    unit = _trade(source, story)
    return len(unit.topics) if unit else 99


def _trade(source: Source, story: Story) -> Unit | None:
    """The department whose trade the order is; None where only towns or nobody handles it."""
    if not story.rounds:
        return None
    return next((unit for unit in _named(source, story) if not unit.town), None)


def _named(source: Source, story: Story) -> list[Unit]:
    """The units of the first round as far as they are named: those that kept it, then those that gave it back."""
    codes = story.keepers + [share.unit for share in story.rounds[0].shares if share.given_back]
    return [source.unit(code) for code in codes if code]


def _drawn(random: Random, topics: Iterable[Topic], quotas: Quotas) -> Topic:
    known = list(topics)
    return random.choices(known, [quotas.of(topic) for topic in known])[0]


def _of_trade(random: Random, unit: Unit, quotas: Quotas) -> Topic:
    return _drawn(random, unit.topics if any(map(quotas.of, unit.topics)) else unit.spare, quotas)


def _town_topic(source: Source, random: Random, key: Topic | str) -> Topic:
    if isinstance(key, tuple):
        return key
    return key, random.choice(source.raw["towns"][key])


def ordinary_topic(source: Source, random: Random, story: Story) -> Topic:
    """A topic as often as it comes in the week, that fits the order's units."""
    quotas, unit = Quotas(source), _trade(source, story)
    if unit is not None:
        return _of_trade(random, unit, quotas)
    if story.end == "answered":
        return _drawn(random, [topic_of(text) for text in source.raw["answers"]["topics"]], quotas)
    keys = list(quotas.left)
    return _town_topic(source, random, random.choices(keys, [quotas.left[key] for key in keys])[0])


def deal_classes(source: Source, random: Random, stories: Sequence[Story]) -> None:
    """The week's classes, counted out: complaints where people complain; then the matter itself of every order.

    A repeat is what its main order is, and main orders are help.
    """
    numbers = source.raw["classes"]
    in_week = [story for story in stories if story.registered >= WEEK and story.end != "merged"]
    mains = {id(story.twin) for story in stories if story.twin}
    cross = sorted(in_week, key=lambda s: -1.0 if id(s) in mains else _crossness(source, random, s), reverse=True)
    complaints, rest = cross[: numbers["complaint"]], cross[numbers["complaint"] :]
    for story in in_week:
        story.cls = "help"
    for story in complaints:
        story.cls = "complaint"
    for story in random.sample([s for s in rest if s.end == "handled" and id(s) not in mains], numbers["suggestion"]):
        story.cls = "suggestion"
    for story in stories:
        if story.end != "merged":
            choose_matter(source, random, story)
    for story in stories:
        if story.twin is not None:
            main = story.twin
            story.cls, story.matter, story.area, story.place = main.cls, main.matter, main.area, main.place
            story.channel = random.choice(("phone", "upper", "web"))


def _crossness(source: Source, random: Random, story: Story) -> float:
    """Likelihood of a complaint: the share of such matters under the topic; answered orders are questions."""
    assert story.topic is not None
    matters = source.matters[story.topic]
    share = sum(matter.cls != "help" for matter in matters) / len(matters)
    return share * (0.2 if story.end == "answered" else 1) + random.random() * 0.5


def choose_matter(source: Source, random: Random, story: Story) -> None:
    """A matter of the topic, of the story's class where there is one; class, urgency, area and place with it."""
    assert story.topic is not None
    matters = source.matters[story.topic]
    if not story.cls:
        story.matter = random.choice(matters)
        story.cls = story.matter.cls
    else:
        wanted = {"complaint", "report"} if story.cls == "complaint" else {"help"}
        story.matter = random.choice([m for m in matters if m.cls in wanted] or matters)
        if story.cls == "complaint" and story.matter.cls == "report":
            story.cls = "report"
    if not story.area:
        story.area = _area(source, random, story)
    story.place = place(random, story.matter, story.area)
    story.channel = random.choices(list(CHANNELS), list(CHANNELS.values()))[0]
    quick = len(story.rounds) == 1 and all(s.closed is not False and s.role == "lead" for s in story.shares)
    story.urgent = story.matter.urgent and quick and random.random() < 0.6


def _area(source: Source, random: Random, story: Story) -> str:
    """The town that handles it; else any, the county seat most often."""
    towns = [unit for unit in _named(source, story) if unit.town] if story.rounds else []
    if towns:
        return towns[0].name
    weights = [unit.week[0] for unit in source.towns]
    return random.choices(source.towns, weights)[0].name


def place(random: Random, matter: Matter, area: str) -> str:
    """An invented place of the matter's kind in the area."""
    if matter.place in "t-":
        return area
    if matter.place == "v":
        w = words()["villages"]
        return f"{area}{random.choice(w['before'])}{random.choice(w['names'])}{random.choice(w['after'])}"
    return area + str(random.choice(words()["places"][matter.place]))


def deal_sources(source: Source, random: Random, stories: Sequence[Story]) -> None:
    """The week's sources, counted out.  What comes from above the city comes by its platform."""
    codes = [code for code, number in source.raw["sources"].items() for _ in range(number)]
    random.shuffle(codes)
    for story, code in zip([s for s in stories if s.registered >= WEEK], codes, strict=True):
        story.source = code
        if code != "city":
            story.channel = "upper"
