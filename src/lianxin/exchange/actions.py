"""The one act that only an import takes: a reply that was given in another system."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from lianxin.ledger.acts import Private
from lianxin.ledger.deed import require
from lianxin.ledger.fields import widget
from lianxin.ledger.verbs import verb
from lianxin.orders.about import AboutShare
from lianxin.orders.deed import Deed
from lianxin.orders.verbs import Verb
from lianxin.rules.lifecycle import OrderState


class ImportedReply(AboutShare):
    """The reply as it stood in the other system, in one piece; `ended`: there it ended the matter."""

    text: Annotated[str, Private] = Field(
        title="答复原文", min_length=1, max_length=32000, json_schema_extra=widget("textarea")
    )
    ended: bool = Field(False, title="答复即办结", json_schema_extra=widget("none"))


@verb
class ImportReply(Verb[ImportedReply]):
    """A reply of history, kept word for word.

    Why not `share.replied`: that verb demands measures, progress and result, and an answer to each request,
    in the lengths of the pack.  Old replies were written in one piece and some are short; to cut one up or to fill
    it in would put words into a unit's mouth, and to call it audited by our centre would be untrue.  So it is an
    act of its own, the timeline says that it was imported, and nothing is recorded that the file does not say:
    with `ended` the share passes and the order ends, answered to the caller at that instant; without, it waits for
    the centre's audit, and counts as audited by its unit, which had sent it out in its own name.
    """

    action = "share.reply_imported"
    payload = ImportedReply

    def events(self, deed: Deed[ImportedReply]) -> tuple[str, ...]:
        return ("reply", "audit", "close") if deed.payload.ended else ("reply", "audit")

    def check(self, deed: Deed[ImportedReply]) -> None:
        # Work of today goes through the unit's own reply, whatever a file says.
        require(deed.order.marked_clock, "", "只有导入的历史工单可以导入答复，请由承办单位提交答复")

    def effect(self, deed: Deed[ImportedReply]) -> None:
        share, docket = deed.the_share(), deed.docket
        share.replied_at, share.reply_entry = deed.at, deed.entry_number
        if deed.payload.ended:
            share.passed_reply_at = deed.at
        else:
            share.unit_audited_at = deed.at
            return
        if not deed.pass_share(share):
            return
        docket.end(OrderState.CLOSED, deed.at, "replied")
        # It has ended and is handed over: should it be opened again, the sweep watches it like any other.
        deed.order.marked_clock = False

    def tell(self, payload: ImportedReply) -> tuple[str, str]:
        return ("导入答复，当时即办结" if payload.ended else "导入答复"), payload.text
