"""Payloads that are about one share or one task, and how the ledger finds it."""

from __future__ import annotations

from typing import Self

from pydantic import Field

from lianxin.ledger.acts import Actor, Payload, Refused
from lianxin.ledger.models import Task
from lianxin.rules.lifecycle import UNIT, Transition

from .docket import Docket
from .models import Share


class AboutShare(Payload):
    """About one share: by its id; or, where only one can be meant, left out (the ledger fills it in).

    `of_unit` names the unit instead; importer and simulator know the unit, not the id.
    """

    share: int | None = Field(None, title="承办件")
    of_unit: int | None = Field(None, title="承办单位")

    def naming(self, share: Share) -> Self:
        """The same payload with the share named by its id: so it goes into the ledger."""
        return self.model_copy(update={"share": share.id, "of_unit": None})


class AboutTask(Payload):
    """About one duty that a rule of the pack laid.  The ledger fills in the rule, and the share that it is about."""

    task: int = Field(title="待办", json_schema_extra={"widget": "none"})
    rule: str = Field("", json_schema_extra={"widget": "none"})
    share: int | None = Field(None, json_schema_extra={"widget": "none"})

    def naming(self, task: Task) -> Self:
        """The same payload with what it is about: so it goes into the ledger."""
        return self.model_copy(update={"rule": task.rule, "share": task.share_id})


def task_of(payload: AboutTask, docket: Docket) -> Task:
    """The open task that `payload` means.  Raises `Refused` where it is none of this order's that a rule laid."""
    task = docket.tasks.get(payload.task)
    if task is None or task.done_at is not None or task.comes_at is not None or not task.rule:
        raise Refused("这项待办已经办结，或不是本工单的")
    return task


def share_of(payload: AboutShare, row: Transition, docket: Docket, actor: Actor) -> Share:
    """The share that `payload` means.  Raises `Refused` if it is none, or could be several."""
    if payload.share is not None:
        share = docket.all_shares.get(payload.share)
        if share is None:
            raise Refused({"share": "没有这一承办件"})
        return share
    unit = payload.of_unit if payload.of_unit is not None else actor.unit if actor.role in UNIT else None
    running = [s for s in docket.shares(running=True) if unit is None or s.unit_id == unit]
    fitting = [s for s in running if s.state in row.shares and (not row.share_roles or s.role in row.share_roles)]
    if len(fitting) == 1:
        return fitting[0]
    if not fitting and len(running) == 1:
        return running[0]
    raise Refused({"share": "请指明是哪一家的承办件" if fitting else f"没有可以{row.title}的承办件"})
