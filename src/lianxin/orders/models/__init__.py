"""Tables of the book.  Written only by `orders.ledger`; read by everyone above."""

from .attachment import Attachment
from .attestation import Attestation
from .backdated import Backdated
from .clock import Clock, FormerDue
from .entry import FORMAT, Enclosure, Entry
from .journal import Journal
from .notice import Notice
from .order import Appeal, Caller, Facts, Order
from .parts import PART_BITS, part_id
from .seal import Allotment, Seal, SealedDirectory, SealLeaf
from .share import FormerRole, Share
from .stay import Stay
from .task import Task

__all__ = [
    "FORMAT",
    "PART_BITS",
    "Allotment",
    "Appeal",
    "Attachment",
    "Attestation",
    "Backdated",
    "Caller",
    "Clock",
    "Enclosure",
    "Entry",
    "Facts",
    "FormerDue",
    "FormerRole",
    "Journal",
    "Notice",
    "Order",
    "Seal",
    "SealLeaf",
    "SealedDirectory",
    "Share",
    "Stay",
    "Task",
    "part_id",
]
