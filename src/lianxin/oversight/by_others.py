"""Nobody judges the work of his own unit: also not from a second post at the centre or at a body."""

from __future__ import annotations

from typing import Any

from lianxin.ledger.deed import require
from lianxin.proceedings.deed import Deed


def by_others(deed: Deed[Any], unit: int | None = None) -> None:
    """Refuse whoever serves in the unit that the proceeding is about, or in `unit`."""
    about, person = unit or deed.proceeding.unit_id, deed.actor.staff
    own = about is not None and person is not None and deed.directory.serves(person, about)
    require(not own, "", "被督察单位的人员不能办理这一步，请由其他人员办理")
