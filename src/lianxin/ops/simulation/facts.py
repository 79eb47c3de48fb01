"""What the orders of the play are about: of each topic a matter that fits unit, class and season, and where it is.

Invariant: of the week's accepted orders each class has exactly the number that the source says, as known at the
cut-off.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from random import Random

from .hours import in_office
from .source import Matter, Source, Unit, words
from .story import OWN, WEEK, Story, units_of

#: How an order reaches whoever takes it in, the city's platform or the county's own telephone.
CHANNELS = {"phone": 84, "web": 9, "text": 5, "letter": 2}
#: What comes in by the county's own telephone, and by those who walk the streets for it.
COUNTY, PATROL = 0.3, 0.15


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
    wishes = [s for s in rest if id(s) not in mains and any("s" in m.flags for m in fitting(source, s))]
    for story in random.sample(wishes, numbers["suggestion"]):
        story.cls = "suggestion"
    for story in stories:
        if story.end != "merged":
            choose_matter(source, random, story)
    for story in stories:
        if story.twin is not None:
            repeat(random, story, story.twin)


def deal_sources(source: Source, random: Random, stories: Sequence[Story]) -> None:
    """The week's sources, counted out."""
    codes = [code for code, number in source.raw["sources"].items() for _ in range(number)]
    random.shuffle(codes)
    for story, code in zip([s for s in stories if s.registered >= WEEK], codes, strict=True):
        story.source = code
        if code != "city":
            story.channel = code


def come_in(random: Random, story: Story) -> None:
    """Some come by the county's own telephone, some of those that can be seen from patrols."""
    assert story.matter is not None
    if random.random() < COUNTY:
        story.source = OWN
        seen = story.matter.place in "rmgp" and not (story.matter.own or story.matter.on_paper)
        if seen and random.random() < PATROL / COUNTY:
            story.channel = "patrol"


def repeat(random: Random, story: Story, main: Story) -> None:
    """`story` is about the same as `main`, in words of its own."""
    story.twin, story.topic = main, main.topic
    story.cls, story.matter, story.area, story.place = main.cls, main.matter, main.area, main.place
    story.channel = random.choice(("phone", "web"))


def _crossness(source: Source, random: Random, story: Story) -> float:
    """Likelihood of a complaint: the share of such matters under the topic; answered orders are questions."""
    matters = fitting(source, story)
    share = sum(matter.cls != "help" for matter in matters) / len(matters)
    return share * (0.2 if story.end == "answered" else 1) + random.random() * 0.5


def choose_matter(source: Source, random: Random, story: Story, *, may_be_urgent: bool | None = None) -> None:
    """A matter of the order's topic, of its class where there is one; class, urgency, area and place with it."""
    if may_be_urgent is None:
        may_be_urgent = len(story.rounds) == 1 and all(s.closed is not False and s.role == "lead" for s in story.shares)
    # What is urgent is done at once, so by people who are there.
    may_be_urgent &= in_office(story.registered) and in_office(story.registered + timedelta(hours=1))
    matters = fitting(source, story)
    matters = [m for m in matters if may_be_urgent or "u" not in m.flags] or matters
    story.matter = random.choice(_of_class(matters, story.cls))
    story.urgent = may_be_urgent and "u" in story.matter.flags
    if not story.cls or (story.cls == "complaint" and story.matter.cls == "report"):
        story.cls = story.matter.cls
    units = units_of(source, story)
    story.area = story.area or _area(source, random, units)
    story.place = place(source, random, story.matter, story.area, units)
    story.channel = random.choices(list(CHANNELS), list(CHANNELS.values()))[0]


def fitting(source: Source, story: Story) -> list[Matter]:
    """What people say of the order's topic at this time of the year, as far as its units are there for it.

    Each condition is dropped where nothing meets it, the season never.
    """
    assert story.topic is not None
    units = units_of(source, story)
    own = {kind for unit in units for kind in unit.at}
    only_towns = bool(units) and all(unit.town for unit in units)
    no_villages = any(unit.reach for unit in units) and not any(unit.town for unit in units)
    conditions: tuple[Callable[[Matter], bool], ...] = (
        lambda matter: not own or matter.place in own,
        lambda matter: not only_towns or "x" not in matter.flags,
        lambda matter: not no_villages or matter.place != "v",
        lambda matter: story.end != "answered" or matter.question,
    )
    found = [matter for matter in source.matters[story.topic] if matter.in_season(story.registered)]
    for met in conditions:
        found = [matter for matter in found if met(matter)] or found
    return found


def _of_class(matters: Sequence[Matter], cls: str) -> Sequence[Matter]:
    wanted: dict[str, Callable[[Matter], bool]] = {
        "complaint": lambda matter: matter.cls != "help",
        "help": lambda matter: matter.cls == "help",
        "suggestion": lambda matter: "s" in matter.flags,
    }
    return [matter for matter in matters if cls not in wanted or wanted[cls](matter)] or matters


def _area(source: Source, random: Random, units: Sequence[Unit]) -> str:
    """The town that handles it; where none does the county seat, or any, the large ones most often."""
    for unit in units:
        if unit.town:
            return unit.name
    weights = [unit.week[0] for unit in source.towns]
    return (
        source.towns[0].name
        if any(unit.reach == "seat" for unit in units)
        else random.choices(source.towns, weights)[0].name
    )


def place(source: Source, random: Random, matter: Matter, area: str, units: Sequence[Unit]) -> str:
    """A place of the matter's kind: one that a unit has as its own, or an invented one in the area."""
    for unit in units:
        if matter.place in unit.at:
            return unit.at[matter.place]
    if matter.place == "-":
        return ""
    if matter.place == "t":
        return area
    if matter.place == "v":
        w = words()["villages"]
        return f"{area}{random.choice(w['before'])}{random.choice(w['names'])}村"
    if matter.place == "d" and units and not any(unit.town for unit in units) and random.random() < 0.6:
        return str(random.choice(source.raw.get("hospitals", words()["hospitals"])))
    return area + str(random.choice(words()["places"][matter.place]))
