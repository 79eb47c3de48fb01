"""What the planner knows of one order before it is written down as steps (`write.py`).

A story has rounds, a round its shares in the order of their dispatch.  A share that was given back stands before the
one that was made of it, which begins at the moment of that decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from lianxin.rules.worktime import SHANGHAI

from .source import Matter, Source, Topic, Unit

WEEK = datetime(2021, 10, 25, tzinfo=SHANGHAI)
BEFORE = WEEK - timedelta(days=7)
CUTOFF = WEEK + timedelta(days=7)
#: The source of what is not passed on by a platform above.
OWN = "county"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One reply: submitted, audited by the unit (`refused` there or not), and the centre's verdict."""

    replied: datetime
    unit_audited: datetime
    refused: bool
    verdict: datetime | None
    passed: bool


@dataclass(frozen=True, slots=True)
class Petition:
    """Filed and decided; `granted` or not."""

    filed: datetime
    decided: datetime
    granted: bool


@dataclass(frozen=True, slots=True)
class Run:
    """A share from sign-in until the centre passes it."""

    signed: datetime
    missed: datetime | None
    contacted: datetime
    progress: tuple[datetime, ...]
    inner: datetime | None
    refused_return: Petition | None
    extension: Petition | None
    attempts: tuple[Attempt, ...]

    @property
    def passed(self) -> datetime:
        end = self.attempts[-1].verdict
        assert end is not None
        return end


@dataclass(slots=True)
class Share:
    """One unit's part.  `closed` says of a share of the week whether it is passed by the cut-off."""

    role: str
    at: datetime
    unit: str = ""
    closed: bool | None = None
    added: bool = False
    given_back: Petition | None = None
    run: Run | None = None
    opined: datetime | None = None
    signed: datetime | None = None

    @property
    def of_the_week(self) -> bool:
        """Whether the bulletin counts it as handled: dispatched in the week and not given back by the cut-off."""
        returned = self.given_back is not None and self.given_back.decided < CUTOFF
        return WEEK <= self.at < CUTOFF and not returned


@dataclass(slots=True)
class Call:
    """A call-back of a layer: tries that nobody answered, then grades (True: 满意), or none if never reached.

    `closes`: with which result the order ends all the same, where the caller is not content or was never reached.
    """

    layer: str
    at: datetime
    process: bool | None = True
    result: bool | None = True
    tries: tuple[datetime, ...] = ()
    closes: str = ""

    @property
    def reached(self) -> bool:
        return self.process is not None


@dataclass(slots=True)
class Round:
    """`opened` is the verb that began it."""

    shares: list[Share]
    opened: str = "order.dispatched"
    calls: list[Call] = field(default_factory=list)

    @property
    def main(self) -> Share:
        """The lead that answered, the first of two dual ones."""
        return next(s for s in self.shares if s.role != "assist" and s.given_back is None)

    @property
    def mains(self) -> list[Share]:
        return [s for s in self.shares if s.role != "assist" and s.given_back is None]

    @property
    def assists(self) -> list[Share]:
        return [s for s in self.shares if s.role == "assist"]

    @property
    def passed(self) -> datetime:
        """When the last lead passed, and with it the order closed."""
        return max(share.run.passed for share in self.mains if share.run)


@dataclass(slots=True)
class Change:
    """A correction (`category`, `cls`, `area`) or an exclusion."""

    at: datetime
    what: str
    value: str | tuple[str, ...] = ""


@dataclass(slots=True)
class Story:
    """One order.  `end` is how it goes: handled, answered, redirected, merged, withdrawn.

    The facts are those known at the cut-off; what was registered at first and what was corrected later stands in
    `changes` and `first_path`.  `channel` is how the caller spoke to whoever took the order in; `told` when the caller
    of a repeat (`twin` is its main order) heard how it ended.
    """

    registered: datetime
    end: str = "handled"
    rounds: list[Round] = field(default_factory=list)
    withdrawn: datetime | None = None
    supplemented: datetime | None = None
    source: str = "city"
    channel: str = "phone"
    cls: str = ""
    topic: Topic | None = None
    matter: Matter | None = None
    area: str = ""
    place: str = ""
    urgent: bool = False
    first_path: tuple[str, ...] | None = None
    changes: list[Change] = field(default_factory=list)
    twin: Story | None = None
    told: datetime | None = None
    redirect: Mapping[str, str] | None = None
    #: what the catalogue proposed for its first dispatch, as the dispatch says it
    proposed: Mapping[str, Any] | None = None
    number: int = 0

    @property
    def shares(self) -> list[Share]:
        return [share for part in self.rounds for share in part.shares]

    @property
    def keepers(self) -> list[str]:
        """Units of the first round that kept it, leads first."""
        shares = [s for s in self.rounds[0].shares if s.given_back is None]
        return [s.unit for s in sorted(shares, key=lambda s: s.role == "assist")]


def units_of(source: Source, story: Story) -> list[Unit]:
    """The units that the order was meant for, as far as they are named, leads first."""
    return [source.unit(code) for code in story.keepers if code] if story.rounds else []
