"""What was shown is shown no longer (收回查看)."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from lianxin.ledger.acts import Payload
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Words, widget
from lianxin.ledger.verbs import verb
from lianxin.orders.deed import Deed
from lianxin.orders.verbs import Verb


class Hiding(Payload):
    """Which sight, and why."""

    sight: int = Field(title="查看授权", json_schema_extra=widget("sight"))
    note: Words = Field("", title="说明")
    #: filled in by the ledger: whose it was
    unit: int | None = Field(None, json_schema_extra=widget("none"))
    to: int | None = Field(None, json_schema_extra=widget("none"))


@verb
class Hide(Verb[Hiding]):
    """From now on nobody sees or does anything by that sight."""

    action = "order.hidden"
    payload = Hiding
    decides = False
    alters = False

    def resolve(self, deed: Deed[Hiding]) -> Hiding:
        found = next((sight for sight in deed.docket.sights() if sight.pk == deed.payload.sight), None)
        whose = {"unit": found.to_unit_id, "to": found.to_person_id} if found else {}
        return deed.payload.model_copy(update=whose)

    def check(self, deed: Deed[Hiding]) -> None:
        running = {sight.pk for sight in deed.docket.sights()}
        require(running, "", "本工单没有向别人开放查看")
        require(deed.payload.sight in running, "sight", "这一授权不是本工单的，或已经收回")

    def effect(self, deed: Deed[Hiding]) -> None:
        deed.docket.hide(deed.payload.sight, deed.at)

    def concerns(self, deed: Deed[Hiding]) -> Iterator[int | None]:
        """Nobody: who sees it no longer would not find it."""
        return iter(())

    def tell(self, payload: Hiding) -> tuple[str, str]:
        return "收回查看", payload.note
