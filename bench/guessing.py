"""Guessing a mark from features, and how well that goes: two plain classifiers on halves, no library.

`ridge` weighs all features at once (least squares on a linear kernel); `single` takes the one that told best in the
first half.  What is a mark that stands somewhere is found by the second, what is spread thin by the first.
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable, Sequence
from operator import mul

Rows = list[list[float]]
#: (rows, marks, those to learn from, those to guess) -> a score for each to guess
Guess = Callable[[Rows, Sequence[bool], list[int], list[int]], list[float]]
SPLITS = 50
#: Features that fewer orders have cannot be learnt from one half and be of use in the other.
LEAST = 3


def matrix(features: Sequence[dict[str, float]]) -> Rows:
    """A row a thing, each column with mean 0 and deviation 1; without what is the same for all, or of hardly any."""
    names = sorted({name for one in features for name in one})
    columns = []
    for name in names:
        column = [one.get(name, 0.0) for one in features]
        usual = max(set(column), key=column.count)
        if len(column) - column.count(usual) >= LEAST:
            mean, deviation = statistics.fmean(column), statistics.pstdev(column)
            columns.append([(value - mean) / deviation for value in column])
    return [list(row) for row in zip(*columns, strict=True)]


def auc(scores: Sequence[float], marks: Sequence[bool]) -> float:
    """How often a marked one scores above one that is not; equals count half."""
    order = sorted(range(len(scores)), key=lambda n: scores[n])
    ranks, place = [0.0] * len(scores), 0
    while place < len(order):
        end = place
        while end < len(order) and scores[order[end]] == scores[order[place]]:
            end += 1
        for n in order[place:end]:
            ranks[n] = (place + end + 1) / 2
        place = end
    marked = sum(marks)
    above = sum(rank for rank, mark in zip(ranks, marks, strict=True) if mark) - marked * (marked + 1) / 2
    return above / (marked * (len(marks) - marked))


def guessed(rows: Rows, marks: Sequence[bool], guess: Guess, dice: random.Random) -> float:
    """The mean over many halves: learnt on one, guessed on the other, half of the marked ones in each."""
    found = []
    marked, others = ([n for n, mark in enumerate(marks) if mark is which] for which in (True, False))
    for _ in range(SPLITS):
        dice.shuffle(marked)
        dice.shuffle(others)
        half, rest = len(marked) // 2, len(others) // 2
        learnt, asked = marked[:half] + others[:rest], marked[half:] + others[rest:]
        found.append(auc(guess(rows, marks, learnt, asked), [marks[n] for n in asked]))
    return statistics.fmean(found)


def ridge(rows: Rows) -> Guess:
    """Least squares over all features; the products of all rows are reckoned once."""
    kernel = [[sum(map(mul, one, other)) / len(one) for other in rows] for one in rows]

    def guess(_: Rows, marks: Sequence[bool], learnt: list[int], asked: list[int]) -> list[float]:
        share = sum(marks[n] for n in learnt) / len(learnt)
        wanted = [(1.0 if marks[n] else 0.0) - share for n in learnt]
        bent = [[kernel[a][b] + (1.0 if a == b else 0.0) for b in learnt] for a in learnt]
        weights = _solved(bent, wanted)
        return [sum(weight * kernel[n][b] for weight, b in zip(weights, learnt, strict=True)) for n in asked]

    return guess


def single(rows: Rows, marks: Sequence[bool], learnt: list[int], asked: list[int]) -> list[float]:
    """The feature that told best in the half that was learnt."""
    known = [marks[n] for n in learnt]
    told = [auc([rows[n][column] for n in learnt], known) for column in range(len(rows[0]))]
    best = max(range(len(told)), key=lambda column: abs(told[column] - 0.5))
    sign = 1.0 if told[best] >= 0.5 else -1.0
    return [sign * rows[n][best] for n in asked]


def _solved(left: Rows, right: list[float]) -> list[float]:
    """x of left·x = right, by elimination; `left` is positive definite."""
    rows = [[*row, value] for row, value in zip(left, right, strict=True)]
    size = len(rows)
    for n in range(size):
        scale = rows[n][n]
        rows[n] = [value / scale for value in rows[n]]
        for m in range(n + 1, size):
            if factor := rows[m][n]:
                rows[m] = [a - factor * b for a, b in zip(rows[m], rows[n], strict=True)]
    found = [0.0] * size
    for n in reversed(range(size)):
        found[n] = rows[n][size] - sum(rows[n][m] * found[m] for m in range(n + 1, size))
    return found
