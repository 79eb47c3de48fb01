"""How long things take: a share from its dispatch until the centre passes it, a return until it is decided."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from .hours import advance, lasting, office_between
from .story import Attempt, Petition, Run, Share

#: Tried one after the other until a run ends before, or after, a given moment.
FASTER = (1.0, 0.6, 0.35, 0.2, 0.1, 0.05, 0.02)
SLOWER = (1.0, 1.5, 2.2, 3.2, 4.5, 6.0, 9.0, 14.0)
#: Nothing takes longer, unless it is asked to.
LONGEST = timedelta(days=15)
#: A second unit audit, a second reply: how often.
REFUSED, SENT_BACK = 0.02, 0.035


def run(
    random: Random,
    start: datetime,
    *,
    before: datetime | None = None,
    after: datetime | None = None,
    urgent: bool = False,
    pace: float = 1.0,
    longest: timedelta = LONGEST,
    sent_back: float = SENT_BACK,
) -> Run:
    """A share dispatched at `start`, passed before or not before the moment given.

    Raises ValueError where even the fastest is too slow: such a share may not be asked to end in time.
    """
    latest = start + longest
    for factor in FASTER if before else SLOWER:
        for _ in range(6):
            calm = not before or factor == 1.0
            found = _run(random, start, pace * factor * (0.12 if urgent else 1.0), calm=calm, sent_back=sent_back)
            end = min(before or latest, latest)
            if found.passed < end and (after is None or found.passed >= after):
                return found
    raise ValueError(f"no run from {start} passes before {before} and not before {after}")


def _run(random: Random, start: datetime, pace: float, *, calm: bool, sent_back: float) -> Run:
    """`calm`: there is time for a refused return or a second reply."""
    brisk = min(pace, 1.5)
    signed = advance(start, lasting(random, 35) * brisk)
    petition = None
    missed = contacted = signed
    if calm and random.random() < 0.015:
        filed = advance(signed, lasting(random, 20))
        petition = Petition(filed, advance(filed, lasting(random, 90), centre=True), granted=False)
        contacted = petition.decided
    first = None
    if random.random() < 0.07:
        missed = first = advance(contacted, lasting(random, 15) * brisk)
        contacted = missed
    contacted = advance(contacted, lasting(random, 45) * brisk)
    at = contacted
    attempts: list[Attempt] = []
    working = lasting(random, 520) * pace
    for again in (random.random() < sent_back and calm, False):
        at = _attempt(random, at, working, pace, attempts, passed=not again)
        if not again:
            break
        working = lasting(random, 120) * brisk
    replied = attempts[0].replied
    return Run(
        signed,
        first,
        contacted,
        _progress(random, contacted, replied),
        _inside(random, contacted, replied),
        petition,
        _extension(random, start, contacted, replied),
        tuple(attempts),
    )


def _attempt(
    random: Random, at: datetime, working: float, pace: float, attempts: list[Attempt], *, passed: bool
) -> datetime:
    """One reply, perhaps after one that the unit's own audit refused."""
    brisk = min(pace, 1.5)
    replied = advance(at, working)
    audited = advance(replied, lasting(random, 25) * brisk)
    if random.random() < REFUSED * brisk:
        attempts.append(Attempt(replied, audited, True, None, False))
        replied = advance(audited, lasting(random, 40) * brisk)
        audited = advance(replied, lasting(random, 20) * brisk)
    verdict = advance(audited, lasting(random, 70) * brisk, centre=True)
    attempts.append(Attempt(replied, audited, False, verdict, passed))
    return verdict


def _progress(random: Random, contacted: datetime, replied: datetime) -> tuple[datetime, ...]:
    gap = replied - contacted
    number = random.choices((0, 1, 2), (60, 32, 8))[0] if gap > timedelta(hours=3) else 0
    moments = {_office(random, contacted + gap * random.uniform(0.2, 0.8)) for _ in range(number)}
    return tuple(sorted(moment for moment in moments if contacted < moment < replied))


def _inside(random: Random, contacted: datetime, replied: datetime) -> datetime | None:
    """A section's own record, now and then."""
    moment = _office(random, contacted + (replied - contacted) * 0.9)
    return moment if random.random() < 0.08 and contacted < moment < replied else None


def _extension(random: Random, start: datetime, contacted: datetime, replied: datetime) -> Petition | None:
    """Asked for in the first four days, so before the deadline, where the reply takes longer than those."""
    if replied - start < timedelta(days=5) or random.random() < 0.4:
        return None
    filed = _office(random, start + timedelta(days=random.uniform(1.5, 3.5)))
    decided = advance(filed, lasting(random, 40, 0.3), centre=True)
    late = decided.date() != filed.date() or decided >= replied
    return None if filed <= contacted or late else Petition(filed, decided, granted=random.random() < 0.9)


def _office(random: Random, moment: datetime) -> datetime:
    """The moment, or some time after the office opens next."""
    return advance(moment, random.uniform(1, 45))


def give_back(random: Random, start: datetime, *, not_before: datetime | None = None) -> Petition:
    """A return that is granted: filed within hours, decided within hours or when the centre gets to it."""
    filed = advance(start, lasting(random, 60))
    decided = advance(max(filed, not_before or filed), lasting(random, 80), centre=True)
    return Petition(filed, decided, granted=True)


def assist(random: Random, share: Share, *, after: datetime | None = None, before: datetime) -> None:
    """Sign-in and opinion of an assisting unit, not before `after` and before `before`."""
    signed = advance(share.at, lasting(random, 35))
    share.signed = signed if signed < before else _squeezed(random, share.at, before)
    start = max(share.signed, after or share.signed)
    opined = advance(start, lasting(random, 300))
    share.opined = opined if opined < before else _squeezed(random, start, before)


def _squeezed(random: Random, start: datetime, end: datetime) -> datetime:
    moment = office_between(random, start, end)
    if moment is None:
        raise ValueError(f"no office is open between {start} and {end}")
    return moment
