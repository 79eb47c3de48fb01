"""What an order is: its row, its words, who asked, its facts, each unit's share of it, and to whom it is shown."""

from .order import OPEN_STATES, Appeal, Caller, Facts, Order
from .share import ROLE_TITLES, RUNNING_STATES, FormerRole, Share
from .sight import WHAT_TITLES, Sight

__all__ = [
    "OPEN_STATES",
    "ROLE_TITLES",
    "RUNNING_STATES",
    "WHAT_TITLES",
    "Appeal",
    "Caller",
    "Facts",
    "FormerRole",
    "Order",
    "Share",
    "Sight",
]
