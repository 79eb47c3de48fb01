"""What is said and written: requests in the words of citizens, replies in the words of offices.

Every text is put together from the order's matter (`matters.csv`) and common words (`words.toml`), by dice that belong
to the order alone, so that a change elsewhere in the play leaves it as it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from random import Random
from typing import Any

from .source import words
from .story import Story

#: Hearing which, a caller asks that his name be kept from the unit.
DELICATE = {"干部作风", "师德师风", "干部违纪"}


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asks, with what the reply says to each of his requests."""

    title: str
    text: str
    requests: tuple[str, ...]
    answers: tuple[str, ...]
    address: str
    caller: dict[str, str]
    confidential: bool


def name(random: Random) -> str:
    """An invented person's name of two or three characters."""
    w = words()
    return str(random.choice(w["surnames"])) + "".join(random.sample(w["given"], random.choice((1, 2, 2))))


def phone(number: int) -> str:
    """An invented number, another for each order of the play."""
    return f"1390000{number * 7919 % 10_000:04d}"


def numbers(story: Story) -> dict[str, str]:
    """What stands for {d} a while, {n} how many, {m} a sum, {w} a large sum in the order's texts, always the same."""
    random = Random(story.twin.number if story.twin else story.number)
    return {mark: random.choice(words()["numbers"][mark]) for mark in "dnmw"}


def request(random: Random, story: Story) -> Request:
    """What is asked in `story`.  A repeat tells its main order's matter in its own words."""
    matter, w = story.matter, words()
    assert matter is not None
    who = {"name": name(random), "phone": phone(story.number)}
    if story.redirect is not None:
        text = f"{random.choice(w['says'][story.channel])}：{story.redirect['text']}"
        return Request(story.redirect["title"], text, ("要求予以处理",), ("",), story.place, who, False)
    on_paper = matter.place in "t-"
    more = [line for line in w["more"] if not (on_paper and line.get("on_site"))]
    wanted = random.sample(more, random.choices((0, 1, 2), (62, 28, 10))[0])
    ask, told = _asking(story, matter.ask), numbers(story)
    facts = f"{_where(random, story)}{matter.facts.format(**told)}"
    harm = "" if on_paper else random.choice(w["background"]["harm"])
    tried = random.choice(w["background"]["asked" if on_paper else "tried"]) if random.random() < 0.7 else ""
    asks = (ask, *(f"请求{line['ask']}" for line in wanted))
    text = f"{random.choice(w['says'][story.channel])}：{facts}{'，' + harm if harm else ''}。"
    text += f"{tried}。" if tried else ""
    text += f"{asks[0]}。" if len(asks) == 1 else "".join(f"{n}.{line}；" for n, line in enumerate(asks, 1))[:-1] + "。"
    delicate = story.cls == "report" or matter.path[1] in DELICATE
    return Request(
        tidy(f"{story.place}{matter.title.format(**told)}"),
        tidy(text),
        asks,
        (matter.result.format(**told), *(line["answer"] for line in wanted)),
        story.place,
        who,
        random.random() < (0.35 if delicate else 0.02),
    )


def tidy(text: str) -> str:
    """A village and what is in it meet without saying village twice."""
    return text.replace("村村", "村")


def _asking(story: Story, ask: str) -> str:
    return f"建议{ask}" if story.cls == "suggestion" else f"请求{ask}"


def _where(random: Random, story: Story) -> str:
    """How the place comes into the sentence: who lives there says so, a road is just named."""
    kind = story.matter.place if story.matter else "t"
    if kind in "t-":
        return f"是{story.area}居民，" if random.random() < 0.5 else f"在{story.area}，"
    if kind in "vc" and random.random() < 0.4:
        return f"{random.choice(words()['background']['lives']).format(place=story.place)}，"
    return f"{story.place}，" if kind == "w" else story.place


def _why(story: Story) -> str:
    """Why a thing cannot be done: money and plans, private disputes, or the rules."""
    matter = story.matter
    assert matter is not None
    if matter.place in "vcr" and matter.cls == "help":
        return "planned"
    return "disputed" if matter.place in "cm" and matter.cls == "complaint" else "by_rule"


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
    """The reply of round `turn`: in the first, one in eight explains why it cannot be done."""
    matter, w, told = story.matter, words()["reply"], numbers(story)
    assert matter is not None
    opening = random.choice(w["opening"] if turn == 1 else w["again"])
    explained = turn == 1 and random.random() < 0.12
    day = f"{at.month}月{at.day}日"
    if explained:
        why = random.choice(w[_why(story)])
        answers = (why.rstrip("。"), *asked.answers[1:])
        seen = "核对有关资料" if matter.place in "t-" else "到现场核实情况"
        return Reply(f"{opening}于{day}{seen}，并与诉求人沟通。", "已调查核实。", why, answers, "explained")
    measures = f"{opening}于{day}{matter.done.format(**told)}。"
    result = f"{matter.result.format(**told)}，{random.choice(w['closing'])}"
    code = "partly" if random.random() < 0.05 else "solved"
    return Reply(measures, random.choice(w["progress"]), result, asked.answers, code)
