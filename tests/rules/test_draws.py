"""A draw by lot: the same from the same pool and seed, repeated here with `hashlib` alone."""

import hashlib

import pytest

from lianxin.rules import draws

POOL = [f"20261125-{number:04}" for number in range(1, 201)]


def test_c53_the_same_pool_and_seed_give_the_same_draw_however_the_pool_is_ordered() -> None:
    drawn = draws.draw(POOL, "ab12", 5)
    assert drawn == draws.draw(reversed([*POOL, *POOL]), "ab12", 5)
    by_hand = sorted(POOL, key=lambda number: hashlib.sha256(f"ab12:{number}".encode()).hexdigest())
    assert list(drawn) == by_hand[:5]


def test_c53_another_seed_gives_another_draw() -> None:
    assert draws.draw(POOL, "ab12", 5) != draws.draw(POOL, "ab13", 5)
    assert draws.seed() != draws.seed()
    assert len(draws.seed()) == draws.DIGITS


def test_c53_a_small_pool_is_drawn_whole_and_numbers_are_drawn_as_text() -> None:
    assert sorted(draws.draw([1, 2, 3], "s", 9)) == ["1", "2", "3"]
    assert draws.draw([], "s", 2) == ()
    assert draws.draw(POOL, "s", 0) == ()
    with pytest.raises(ValueError, match="-1"):
        draws.draw(POOL, "s", -1)


def test_c53_each_is_drawn_about_as_often_as_any_other() -> None:
    times = dict.fromkeys(POOL, 0)
    for seed in range(2000):
        for number in draws.draw(POOL, str(seed), 10):
            times[number] += 1
    # 2000 draws of 10 of 200: a hundred times each, standard deviation below ten.
    assert min(times.values()) > 50
    assert max(times.values()) < 150
