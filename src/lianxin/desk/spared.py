"""What a form does not ask, because the rule book of the order has nothing of the kind: names of fields."""

from __future__ import annotations

from lianxin.orders.models import Order
from lianxin.rules.policy import Pack

Spared = frozenset[str]
NOTHING: Spared = frozenset()


def nothing(pack: Pack, order: Order | None) -> Spared:
    """Everything is asked."""
    return NOTHING


def registration(pack: Pack, order: Order | None) -> Spared:
    """Where nothing goes out as it is taken in, no unit is asked for; nor who is complained of, where nobody names
    him."""
    at_once = NOTHING if pack.registration.dispatched else frozenset({"dispatch_to", "basis"})
    return at_once if pack.sight.recused_by else at_once | {"complained"}


def answer(pack: Pack, order: Order | None) -> Spared:
    """On what a direct answer rests, where nobody must say so."""
    return NOTHING if pack.knowledge.named else frozenset({"grounds", "article", "earlier"})


def contact(pack: Pack, order: Order | None) -> Spared:
    """Whom of a group he spoke with; whether it was an interim reply, where no duty waits for one."""
    asked = order is not None and {*order.labels} & {*pack.contact.named_for}
    waits = any("interim" in rule.ends_with for rule in pack.tasks)
    return (NOTHING if asked else frozenset({"spoke_with"})) | (NOTHING if waits else frozenset({"interim"}))


def progress(pack: Pack, order: Order | None) -> Spared:
    """Whether the danger is over, where no row of the rule book waits for that; that somebody is there, where that is
    registered by itself."""
    waits = any("resolve" in rule.until for rule in pack.limits)
    begins = pack.clocks_on("resolve") or pack.tasks_on("resolve")
    resolved = NOTHING if waits or begins else frozenset({"resolved"})
    return resolved | ({"on_site"} if pack.arrival.registered else NOTHING)


def reply(pack: Pack, order: Order | None) -> Spared:
    """On what an answer stands that only explains, and how that was said."""
    return NOTHING if pack.reply.explained else frozenset({"explained_by", "basis", "face"})


def petition(pack: Pack, order: Order | None) -> Spared:
    """Into which order another goes, where nothing is asked that merges."""
    return NOTHING if any(rule.grants == "merged" for rule in pack.petitions) else frozenset({"into"})


def extension(pack: Pack, order: Order | None) -> Spared:
    """That the upper platform has agreed, where its answer stands in the file of what was raised."""
    return frozenset({"upstream_agreed"}) if pack.raising("extension") else NOTHING
