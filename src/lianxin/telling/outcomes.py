"""How a sending came out; the sentence is for people and holds nothing that the other side said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Outcome:
    """`again`: it was surely not taken and may be taken later; `failed`: surely not, and a repetition would not help;
    `unknown`: it may have been taken.  `slow`: the other side asks for a longer pause."""

    state: Literal["sent", "again", "failed", "unknown"]
    why: str = ""
    slow: bool = False


SENT = Outcome("sent")
