"""A draw by lot that anyone can repeat from what is kept of it: the pool and the seed, with nothing but SHA-256."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from hashlib import sha256

#: Seeds of new draws have so many hexadecimal digits.
DIGITS = 32
#: How a draw is repeated, as users read it.
HOW = (
    "对抽样范围内每个编号，计算“种子:编号”（英文冒号，UTF-8）的 SHA-256 值，"
    "按该值（十六进制）从小到大排列，取前若干个。范围和种子相同，结果必相同，与范围的排列顺序无关。"
)


def seed() -> str:
    """A new seed from the system's randomness; nobody chooses it.  Draw it once and keep it with the pool."""
    return secrets.token_hex(DIGITS // 2)


def draw(pool: Iterable[object], seed: str, n: int) -> tuple[str, ...]:
    """The first `n` of the pool in the order of SHA-256 of ``"seed:id"``, ids as text; all of a smaller pool.

    The order in which the pool is given and ids that stand in it twice change nothing.  A pool that grows by one id
    changes at most one of those drawn.  Raises `ValueError` where `n` is negative.
    """
    if n < 0:
        raise ValueError(f"cannot draw {n}")
    ids = {str(each) for each in pool}
    return tuple(sorted(ids, key=lambda each: (sha256(f"{seed}:{each}".encode()).digest(), each))[:n])
