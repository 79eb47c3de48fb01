"""The proceedings of the demo (`affairs.toml`): letters, a meeting, a hearing of the last days, in every state in which
somebody has to do something."""

from __future__ import annotations

import logging
import tomllib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction

from lianxin.directory.models import Centre
from lianxin.duties import watching
from lianxin.ledger.acts import Act
from lianxin.ledger.door import record
from lianxin.ledger.models import Task
from lianxin.orders.models import Order, Share
from lianxin.orders.models.order import OPEN_STATES

from .drive import Stage

_log = logging.getLogger(__name__)
#: What a payload calls the instant that a step names.
_DUE = {"letter.answered": "by", "meeting.planned": "finish_by"}


class QuietError(Exception):
    """The last days have no order of the kind that it is about."""


def play(centre: Centre, now: datetime) -> None:
    """Do them, up to `now`; what was done already is not done again."""
    stage = Stage(centre)
    # What the rules watch: orders that were handled again have their row in the ledger of those.
    watching.run(now)
    told = tomllib.loads(Path(__file__).with_name("affairs.toml").read_text("utf-8"))
    for what, play_one in (("scene", _scene), ("affair", _affair)):
        for number, said in enumerate(told[what]):
            try:
                with transaction.atomic():
                    play_one(stage, number, said, now)
            except QuietError as missing:
                _log.warning("%s %d of the demo's proceedings is left out: %s", what, number, missing)


def _scene(stage: Stage, number: int, scene: dict[str, Any], now: datetime) -> None:
    """Acts on an order that the unit has at work: the `nth` of those, the newest first (`upstream`: of those of the
    upper platform, where there are enough); and on the proceeding about it that one of them `opens`."""
    unit = stage.directory.unit_by_code[scene["unit"]].id
    its = Share.objects.filter(order__centre=stage.centre, unit=unit, role="lead", depth=0, state="signed", round=1)
    if scene.get("upstream"):
        its = its.filter(order__upstream_number__isnull=False)
    needed = scene["nth"] + 1 + any(step.get("merges", False) for step in scene["step"])
    found = list(its.order_by("-pk").values_list("order", "order__number")[:needed])
    if len(found) < needed:
        raise QuietError(f"{scene['unit']} has {len(found)} such orders at work, not {needed}")
    order, name = found[scene["nth"]]
    affair: int | None = None
    for place, step in enumerate(scene["step"]):
        payload = dict(step["payload"])
        if step["verb"] == "task.done":
            payload["task"] = Task.objects.get(order=order, kind=step["duty"], done_at=None).pk
        if step.get("merges"):
            payload["into"] = found[scene["nth"] + 1][1]
        if step.get("opens"):
            payload["numbers"] = [name]
        payload |= {step["now"]: now} if "now" in step else {}
        actor, key = stage.actor(step["who"], number, now), f"play:{stage.centre.pk}:scene:{number}:{place}"
        root = None if step.get("opens") else affair or order
        done = record(Act(step["verb"], actor, now, payload, order=root, key=key)).order
        affair = done if step.get("opens") else affair


def _affair(stage: Stage, number: int, affair: dict[str, Any], now: datetime) -> None:
    unit = stage.directory.unit_by_code[affair["unit"]].id
    root: int | None = None
    for place, step in enumerate(affair["step"]):
        at = now - timedelta(hours=step["ago"])
        payload = _people(stage, dict(step["payload"]), at)
        if root is None:
            payload |= {"numbers": _about(stage, affair)}
            payload |= {} if step["verb"] == "meeting.called" else {"unit": unit}
        if "plans" in step:
            payload["number"] = _numbers(stage, step["plans"], 1)[0]
        if "due" in step:
            payload[_DUE.get(step["verb"], "due")] = now + timedelta(hours=step["due"])
        actor = stage.actor(step["who"], number, at)
        key = f"play:{stage.centre.pk}:affair:{number}:{place}"
        root = record(Act(step["verb"], actor, at, payload, order=root, key=key)).order


def _about(stage: Stage, affair: dict[str, Any]) -> list[str]:
    """The oldest orders of its unit, or one of each of several."""
    if "of_each" in affair:
        return [_numbers(stage, code, 1)[0] for code in affair["of_each"]]
    return _numbers(stage, affair["unit"], affair["orders"])


def _numbers(stage: Stage, code: str, most: int) -> list[str]:
    """The oldest open orders that the unit handles."""
    at_work = Share.objects.filter(unit=stage.directory.unit_by_code[code].id, ended_at=None)
    its = Order.objects.filter(centre=stage.centre, state__in=OPEN_STATES, shares__in=at_work)
    found = list(its.order_by("pk").distinct().values_list("number", flat=True)[:most])
    if not found:
        raise QuietError(f"{code} has no open order")
    return found


def _people(stage: Stage, payload: dict[str, Any], at: datetime) -> dict[str, Any]:
    """Ids for codes of units, and for the posts whose holders take part."""
    for name, value in payload.items():
        if name == "units":
            payload[name] = [stage.directory.unit_by_code[code].id for code in value]
        if name == "people":
            payload[name] = [stage.actor(who, 0, at).staff for who in value]
    return payload
