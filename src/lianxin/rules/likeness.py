"""How alike two texts are, and what a text says besides standing phrases, whatever stands between the words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher
from fractions import Fraction

_NOT_SAID = re.compile(r"[\W_]+")


def bare(text: str) -> str:
    """The text without what is not said: spaces, punctuation, signs."""
    return _NOT_SAID.sub("", text)


def alike(one: str, other: str, share: Fraction) -> bool:
    """Whether two texts are the same to that share (`difflib`'s ratio)."""
    compared = SequenceMatcher(None, bare(one), bare(other), autojunk=False)
    # Two cheap upper bounds first: texts that differ are told apart without comparing them through.
    return all(ratio() >= share for ratio in (compared.real_quick_ratio, compared.quick_ratio, compared.ratio))


def beside(text: str, phrases: Iterable[str]) -> str:
    """What the text says besides these phrases, bare; the longest phrase is taken out first, wherever it stands."""
    said = bare(text)
    for phrase in sorted(map(bare, phrases), key=len, reverse=True):
        said = said.replace(phrase, "") if phrase else said
    return said
