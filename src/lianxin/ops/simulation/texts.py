"""Invented requests in the words that people use.  No real person, number or place below the towns."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

WORDS: dict[str, Any] = tomllib.loads(Path(__file__).with_name("texts.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asks, ready for a registration."""

    title: str
    text: str
    requests: list[str]
    caller: dict[str, str]


def request(random: Random, town: str, path: tuple[str, ...], complaint: bool) -> Request:
    """A request about the category `path` in `town`."""
    place = f"{town}{random.choice(WORDS['places'])}"
    problem = random.choice(WORDS["problems"].get(path[1]) or [f"{path[-1]}方面的问题没有解决"])
    asks = [f"请求{random.choice(WORDS['asks'])}"]
    if random.random() < 0.3:
        asks.append(f"请求{random.choice(WORDS['more'])}")
    text = (
        f"来电人{'投诉' if complaint else '反映'}：{random.choice(WORDS['when'])}，{place}{problem}，"
        f"{random.choice(WORDS['harm'])}，{random.choice(WORDS['tried'])}。{'；'.join(asks)}。"
    )
    phone = f"1390000{random.randrange(10_000):04d}"
    return Request(f"{place}{problem}", text, asks, {"name": name(random), "phone": phone})


def name(random: Random) -> str:
    """An invented person's name of two or three characters."""
    return str(random.choice(WORDS["surnames"])) + "".join(random.sample(WORDS["given"], random.choice((1, 2, 2))))


def reply(random: Random, requests: int) -> dict[str, Any]:
    """A unit's reply with its required elements and an answer to each request."""
    return {
        "measures": random.choice(WORDS["measures"]),
        "progress": random.choice(WORDS["progress"]),
        "result": random.choice(WORDS["results"]),
        "answers": [random.choice(WORDS["results"]) for _ in range(requests)],
        "solve_code": random.choices(["solved", "explained", "partly"], [75, 20, 5])[0],
    }
