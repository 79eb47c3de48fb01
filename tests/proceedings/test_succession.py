"""Whoever answers for a proceeding is there: it follows the posts as orders do (A13, A31)."""

from __future__ import annotations

from datetime import datetime

import pytest
from tests.cast import Cast, later
from tests.proceedings.stages import ANSWER, LETTER, actions, differences, do, fresh, opened, told

from lianxin.directory.models import Absence, Post
from lianxin.ledger.models import Entry
from lianxin.orders import succession
from lianxin.proceedings.models import Proceeding

ROLES = ("clerk", "hotline_deputy", "principal")
HANDED_OVER = "proceeding.handed_over"


@pytest.fixture
def plain(base: Cast, early: datetime) -> Proceeding:
    """A letter about no order, in the hands of the town's clerk."""
    return opened(base, "letter.sent", early, **LETTER(base, early))


def held(cast: Cast, root: Proceeding) -> tuple[str, str]:
    """(who answers, the post that is vacant)."""
    root = fresh(root)
    return next(who for who, person in cast.staff.items() if person == root.owner_person), root.vacant


def vacate(cast: Cast, *posts: str) -> None:
    for post in posts:
        Post.objects.filter(pk=cast.posts[post].pk).update(holder_a=None, holder_b=None)


def fill(cast: Cast, post: str) -> None:
    Post.objects.filter(pk=cast.posts[post].pk).update(holder_a=cast.staff[post])


def follow(at: datetime) -> int:
    """What is handed over at `at`; a second look finds nothing left."""
    done = succession.follow_posts(at)
    assert succession.follow_posts(at) == 0
    succession._seen.clear()
    assert succession.follow_posts(at) == 0, "nothing is handed over again and again"
    assert differences() == []
    return done


def test_a13_whoever_has_left_answers_no_longer(base: Cast, plain: Proceeding, early: datetime) -> None:
    assert follow(early) == 0
    base.staff["clerk@town"].is_active = False
    base.staff["clerk@town"].save()
    assert follow(later(early, hours=1)) == 1
    assert held(base, plain) == ("clerk@town:b", "")
    entry = Entry.objects.get(proceeding=plain, action=HANDED_OVER)
    assert (entry.post_role, entry.derived["owner"][0]) == ("system", "unit")
    assert told(plain)[-1] == (HANDED_OVER, base.staff["clerk@town:b"].username)


def test_a13_whoever_was_moved_to_another_unit_answers_no_longer(
    base: Cast, plain: Proceeding, early: datetime
) -> None:
    Post.objects.filter(pk=base.posts["clerk@town"].pk).update(holder_a=base.staff["clerk@town:b"], holder_b=None)
    assert follow(early) == 1
    assert held(base, plain) == ("clerk@town:b", "")


def test_a31_it_goes_to_b_while_a_is_away_and_back(base: Cast, plain: Proceeding, early: datetime) -> None:
    Absence.objects.create(staff=base.staff["clerk@town"], start=later(early, hours=1), end=later(early, days=1))
    assert (follow(early), held(base, plain)) == (0, ("clerk@town", ""))
    assert (follow(later(early, hours=1)), held(base, plain)) == (1, ("clerk@town:b", ""))
    assert (follow(later(early, hours=5)), held(base, plain)) == (0, ("clerk@town:b", ""))
    assert (follow(later(early, days=1)), held(base, plain)) == (1, ("clerk@town", ""))
    assert actions(plain) == ["letter.sent", HANDED_OVER, HANDED_OVER]


def test_a31_with_both_away_it_stays(base: Cast, plain: Proceeding, early: datetime) -> None:
    for who in ("clerk@town", "clerk@town:b"):
        Absence.objects.create(staff=base.staff[who], start=early, end=later(early, days=1))
    assert (follow(early), held(base, plain)) == (0, ("clerk@town", ""))


def test_a_vacant_post_is_stood_in_for_told_to_the_admin_and_filled(
    base: Cast, plain: Proceeding, early: datetime
) -> None:
    vacate(base, "clerk@town")
    assert (follow(early), held(base, plain)) == (1, ("principal@town", "clerk"))
    assert (HANDED_OVER, base.staff["admin"].username) in told(plain)
    fill(base, "clerk@town")
    assert (follow(later(early, hours=1)), held(base, plain)) == (1, ("clerk@town", ""))
    admin = base.staff["admin"].username
    assert [who for _, who in told(plain)].count(admin) == 1, "that it is filled is no news to him"


def test_of_a_unit_without_anybody_the_centre_answers_until_somebody_is_there(
    base: Cast, plain: Proceeding, early: datetime
) -> None:
    vacate(base, *(f"{role}@town" for role in ROLES))
    assert (follow(early), held(base, plain)) == (1, ("supervisor", "clerk"))
    assert (fresh(plain).node, fresh(plain).owner_unit) == ("unit", base.units["centre"])
    # Not the post itself, but somebody of the unit: nearer than the centre.
    fill(base, "hotline_deputy@town")
    assert (follow(later(early, hours=1)), held(base, plain)) == (1, ("hotline_deputy@town", "clerk"))
    fill(base, "clerk@town")
    assert (follow(later(early, hours=2)), held(base, plain)) == (1, ("clerk@town", ""))


def test_a_letter_to_a_unit_without_anybody_is_sent_all_the_same(base: Cast, early: datetime) -> None:
    vacate(base, *(f"{role}@town" for role in ROLES))
    letter = opened(base, "letter.sent", early, **LETTER(base, early), by="leader")
    assert held(base, letter) == ("supervisor", "clerk")
    assert ("letter.sent", base.staff["admin"].username) in told(letter)
    assert differences() == []


def test_what_waits_at_the_centre_follows_its_posts(base: Cast, plain: Proceeding, early: datetime) -> None:
    do(base, "clerk@town", "letter.answered", plain.pk, early, **ANSWER)
    assert held(base, plain) == ("supervisor", "")
    vacate(base, "supervisor")
    assert (follow(early), held(base, plain)) == (1, ("leader", "supervisor"))
    fill(base, "supervisor")
    assert (follow(early), held(base, plain)) == (1, ("supervisor", ""))


def test_where_nobody_is_left_at_all_it_stays_and_its_clock_rings(
    base: Cast, plain: Proceeding, early: datetime
) -> None:
    from lianxin.ledger.sweep import sweep

    Post.objects.filter(centre=base.centre).update(holder_a=None, holder_b=None)
    assert follow(early) == 0
    assert sweep(later(early, days=9)) == 1
    assert actions(plain) == ["letter.sent", "proceeding.breached"]
    assert differences() == []


def test_what_has_ended_follows_nobody(base: Cast, plain: Proceeding, early: datetime) -> None:
    do(base, "supervisor", "letter.withdrawn", plain.pk, early)
    vacate(base, "clerk@town", "supervisor")
    assert follow(early) == 0


def test_one_that_is_refused_does_not_keep_the_others(base: Cast, early: datetime) -> None:
    bad, good = (opened(base, "letter.sent", early, **LETTER(base, early)) for _ in range(2))
    Proceeding.objects.filter(pk=bad.pk).update(pack="gone@1")
    vacate(base, "clerk@town")
    assert succession.follow_posts(early) == 1
    assert (actions(bad), actions(good)) == (["letter.sent"], ["letter.sent", HANDED_OVER])


def test_a_unit_that_goes_out_of_use_keeps_its_letter_until_somebody_acts(
    base: Cast, plain: Proceeding, early: datetime
) -> None:
    """Its people are still there; the supervisor may take the letter back."""
    base.units["town"].active = False
    base.units["town"].save()
    follow(early)
    assert held(base, plain)[0] in ("clerk@town", "supervisor")
    do(base, "supervisor", "letter.withdrawn", plain.pk, later(early, hours=1))
    assert not fresh(plain).is_open
    assert differences() == []
