"""What the page says after a verb: not that it succeeded, but what is now so."""

from __future__ import annotations

from lianxin.rules.lifecycle import Transition

from .dossier import Dossier


def done(dossier: Dossier, row: Transition) -> str:
    """`20261118-0001 已签收，现由热力公司 周启明办理，今日 24:00 到期。`"""
    order = dossier.order
    parts = [f"{order.number} {row.title}已记入经过"]
    if order.is_open:
        parts.append(f"现在的环节是{dossier.node_title}，责任人{dossier.owner}")
        first = dossier.running[0] if dossier.running else None
        if first:
            parts.append(f"{first.title}时限 {first.due}")
    else:
        parts.append(f"工单{dossier.state_title}")
    return "，".join(parts) + "。"
