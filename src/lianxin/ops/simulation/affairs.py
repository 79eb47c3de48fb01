"""The proceedings of the demo (`affairs.toml`): letters, a meeting, a hearing of the last days, in every state in which
somebody has to do something."""

from __future__ import annotations

import tomllib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from lianxin.directory.models import Centre
from lianxin.ledger.acts import Act
from lianxin.ledger.door import record
from lianxin.orders.models import Order
from lianxin.orders.models.order import OPEN_STATES

from .drive import Stage

#: What a payload calls the instant that a step names.
_DUE = {"letter.answered": "by"}


def play(centre: Centre, now: datetime) -> None:
    """Do them, up to `now`; what was done already is not done again."""
    stage = Stage(centre)
    affairs = tomllib.loads(Path(__file__).with_name("affairs.toml").read_text("utf-8"))["affair"]
    for number, affair in enumerate(affairs):
        _affair(stage, number, affair, now)


def _affair(stage: Stage, number: int, affair: dict[str, Any], now: datetime) -> None:
    unit = stage.directory.unit_by_code[affair["unit"]].id
    root: int | None = None
    for place, step in enumerate(affair["step"]):
        at = now - timedelta(hours=step["ago"])
        payload = _people(stage, dict(step["payload"]), at)
        if root is None:
            payload |= {"numbers": _numbers(stage, unit, affair["orders"])}
            payload |= {} if step["verb"] == "meeting.called" else {"unit": unit}
        if "due" in step:
            payload[_DUE.get(step["verb"], "due")] = now + timedelta(hours=step["due"])
        actor = stage.actor(step["who"], number, at)
        key = f"play:{stage.centre.pk}:affair:{number}:{place}"
        root = record(Act(step["verb"], actor, at, payload, order=root, key=key)).order


def _numbers(stage: Stage, unit: int, most: int) -> list[str]:
    """The oldest open orders that the unit handles."""
    its = Order.objects.filter(centre=stage.centre, state__in=OPEN_STATES, shares__unit=unit)
    return list(its.order_by("pk").distinct().values_list("number", flat=True)[:most])


def _people(stage: Stage, payload: dict[str, Any], at: datetime) -> dict[str, Any]:
    """Ids for codes of units, and for the posts whose holders take part."""
    for name, value in payload.items():
        if name == "units":
            payload[name] = [stage.directory.unit_by_code[code].id for code in value]
        if name == "people":
            payload[name] = [stage.actor(who, 0, at).staff for who in value]
    return payload
