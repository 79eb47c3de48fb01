"""What is said and written: requests in the words of citizens, replies in the words of offices.

Every text is put together from the order's matter (`matters.csv`) and common words (`words.toml`), by dice that belong
to the order alone, so that a change elsewhere in the play leaves it as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random
from typing import Any

from .source import Matter, words
from .story import Story

#: Hearing which, a caller asks that his name be kept from the unit.
DELICATE = {"干部作风", "师德师风"}
#: A place and what is at it meet without saying twice what kind of place it is.
TWICE = ("村", "小区", "市场", "公园")
#: What may stand for a reason why something cannot be done, as flags of a matter and keys of the words.
REASONS = "bde"


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asks, with what the reply says to each of his requests."""

    title: str
    text: str
    requests: tuple[str, ...]
    answers: tuple[str, ...]
    caller: dict[str, str]
    confidential: bool


def name(random: Random) -> str:
    """An invented person's name of two or three characters."""
    w = words()
    return str(random.choice(w["surnames"])) + "".join(random.sample(w["given"], random.choice((1, 2, 2))))


def phone(number: int) -> str:
    """An invented number, another for each order of a part of the play; of the history somebody calls a second time."""
    return f"139{number // 1_000_000:04d}{number * 7919 % 10_000:04d}"


def numbers(story: Story) -> dict[str, str]:
    """What stands for {d}, {n} and so on in the order's texts (see `words.toml`), always the same."""
    random = Random(story.twin.number if story.twin else story.number)
    return {mark: random.choice(choices) for mark, choices in words()["numbers"].items()}


def fit(part: Mapping[str, Any], key: str, matter: Matter | None) -> Any:
    """The words under `key` that fit the matter: on paper, or for why it cannot be done, where there are such."""
    if matter is None:
        return part[key]
    special = ["on_paper"] * matter.on_paper + [flag for flag in REASONS if flag in matter.flags]
    return next((part[f"{key}_{kind}"] for kind in special if f"{key}_{kind}" in part), part[key])


def request(random: Random, story: Story) -> Request:
    """What is asked in `story`.  A repeat tells its main order's matter in its own words, and asks nothing more:
    what it asked besides, the unit would have to answer too."""
    matter, w = story.matter, words()
    assert matter is not None
    who = {"name": name(random), "phone": phone(story.number)}
    opening = random.choice(w["says"][story.channel])
    if story.redirect is not None:
        line = story.redirect
        return Request(line["title"], f"{opening}：{line['text']}。", ("要求予以处理",), ("",), who, False)
    seen = story.channel == "patrol"
    tried, again = ("", False) if seen or story.urgent else _tried(random, matter)
    more = [] if seen or matter.question or story.urgent else _more(random, matter, again=again)
    if story.twin is not None:
        more = []
    told = numbers(story)
    facts = matter.facts.format(**told) + ("" if seen else _harm(random, matter))
    asks: tuple[str, ...] = (_asking(story.twin or story, matter.ask), *(f"请求{line['ask']}" for line in more))
    listed = asks[0] if len(asks) == 1 else "；".join(f"{n}.{line}" for n, line in enumerate(asks, 1))
    where = story.place if seen else _who(random, story)
    text = f"{opening}：{where}{facts}。{tried}{listed}。"
    delicate = story.cls == "report" or matter.path[1] in DELICATE
    return Request(
        tidy(f"{story.place}{matter.title.format(**told)}"),
        tidy(text),
        asks,
        (matter.result.format(**told), *(line["answer"] for line in more)),
        who,
        random.random() < (0.35 if delicate else 0.02),
    )


def tidy(text: str) -> str:
    """The text without the words of `TWICE` doubled."""
    for word in TWICE:
        text = text.replace(word * 2, word)
    return text


def _tried(random: Random, matter: Matter) -> tuple[str, bool]:
    """What the caller tried before, as a sentence or nothing; whether he asked somebody already."""
    kind = random.choices(("", "first", "again"), (35, 15, 50))[0]
    if not kind:
        return "", False
    w = words()["background"]
    if kind == "first" or matter.question:
        return f"{random.choice(w['first' if kind == 'first' else 'asked'])}。", kind == "again"
    lines = w["own" if matter.own or matter.on_paper else "shared"] + (w["at_home"] if matter.place in "vc" else [])
    return f"{random.choice(lines)}。", True


def _more(random: Random, matter: Matter, *, again: bool) -> list[Mapping[str, str]]:
    """Further requests, mostly none."""
    shared = not (matter.own or matter.on_paper)
    allowed = {None, "again" if again else None, "shared" if shared else None}
    lines = [line for line in words()["more"] if line.get("when") in allowed]
    return random.sample(lines, random.choices((0, 1, 2), (62, 28, 10))[0])


def _harm(random: Random, matter: Matter) -> str:
    if matter.own or matter.on_paper or matter.cls == "report":
        return ""
    harm = random.choice(words()["background"]["harm_at_home" if matter.place in "vc" else "harm"])
    return f"，{harm}" if harm else ""


def _asking(story: Story, ask: str) -> str:
    return f"建议{ask}" if story.cls == "suggestion" else f"请求{ask}"


def _who(random: Random, story: Story) -> str:
    """How place and caller come into the sentence: who lives there says so, a road is just named."""
    kind = story.matter.place if story.matter else "-"
    if kind == "-":
        return f"是{story.area}居民，" if random.random() < 0.5 else ""
    if kind == "t":
        return f"是{story.area}居民，" if random.random() < 0.5 else f"在{story.area}，"
    if kind in "vc" and random.random() < 0.4:
        return f"{random.choice(words()['background']['lives']).format(place=story.place)}，"
    return story.place


@dataclass(frozen=True, slots=True)
class Reply:
    """What the handling found and did, said once and repeated where a reply has to be written again."""

    measures: str
    progress: str
    result: str
    answers: tuple[str, ...]
    solve_code: str

    def again(self) -> Reply:
        """The same, written again after it was sent back."""
        return replace(self, measures=f"{self.measures}按审核意见再次与诉求人联系，逐项作了说明。")

    def payload(self) -> dict[str, Any]:
        return {
            "measures": self.measures,
            "progress": self.progress,
            "result": self.result,
            "answers": list(self.answers),
            "solve_code": self.solve_code,
        }


def reply(random: Random, story: Story, asked: Request, at: datetime, turn: int) -> Reply:
    """The reply of round `turn`, about what was done at `at`: now and then it explains why it cannot be done."""
    matter, w, told = story.matter, words()["reply"], numbers(story)
    assert matter is not None
    opening = random.choice(fit(w, "opening" if turn == 1 else "again", matter))
    day = f"{at.month}月{at.day}日"
    why = next((flag for flag in REASONS if flag in matter.flags), None)
    if why and turn == 1 and not story.urgent and random.random() < 0.3:
        said = random.choice(w[why])
        answers = (said.rstrip("。"), *asked.answers[1:])
        seen = fit(w, "seen", matter)
        return Reply(f"{opening}于{day}{seen}，并与诉求人沟通。", "已调查核实。", said, answers, "explained")
    partly = random.random() < 0.05 and not matter.on_paper
    # A result that says already how the caller took it needs no closing words.
    heard = matter.result.rpartition("，")[2].startswith(("诉求人", "家长", "双方"))
    result = matter.result.format(**told) + ("。" if heard else f"，{random.choice(w['closing'])}")
    return Reply(
        f"{opening}于{day}{matter.done.format(**told)}。",
        w["partly"] if partly else random.choice(fit(w, "progress", matter)),
        result,
        asked.answers,
        "partly" if partly else "solved",
    )


def answer(random: Random, story: Story) -> str:
    """What somebody is told whose question is answered on the line."""
    matter = story.matter
    assert matter is not None
    return f"已{matter.done.format(**numbers(story))}。{random.choice(words()['told']['answered'])}"
