"""Tables of the book.  Written only by `orders.ledger`; read by everyone above."""

from .attachment import Attachment
from .backdated import Backdated
from .clock import Clock
from .entry import Enclosure, Entry, Receipt
from .journal import Journal
from .notice import Notice
from .order import Appeal, Caller, Facts, Order
from .parts import PART_BITS, part_id
from .seal import Seal, SealLeaf
from .share import Share
from .stay import Stay
from .task import Task

__all__ = [
    "PART_BITS",
    "Appeal",
    "Attachment",
    "Backdated",
    "Caller",
    "Clock",
    "Enclosure",
    "Entry",
    "Facts",
    "Journal",
    "Notice",
    "Order",
    "Receipt",
    "Seal",
    "SealLeaf",
    "Share",
    "Stay",
    "Task",
    "part_id",
]
