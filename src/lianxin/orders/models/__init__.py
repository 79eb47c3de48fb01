"""What an order is: its row, its words, who asked, its facts, and each unit's share of it."""

from .order import OPEN_STATES, Appeal, Caller, Facts, Order
from .share import ROLE_TITLES, RUNNING_STATES, FormerRole, Share

__all__ = [
    "OPEN_STATES",
    "ROLE_TITLES",
    "RUNNING_STATES",
    "Appeal",
    "Caller",
    "Facts",
    "FormerRole",
    "Order",
    "Share",
]
