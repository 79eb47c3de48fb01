"""Tables of any ledger.  Written only by `ledger.door`; read by everyone above."""

from .attachment import Attachment
from .attestation import Attestation
from .backdated import Backdated
from .clock import CAUSE_TITLES, Clock, FormerDue
from .delivery import Delivery
from .entry import FORMAT, Enclosure, Entry
from .journal import Journal
from .notice import Notice
from .parts import (
    PART_BITS,
    Beside,
    FormerPart,
    OrderPart,
    Part,
    RootPart,
    of_one_root,
    of_proceeding,
    part_id,
)
from .reader import Reader
from .root import Root, roots
from .seal import Allotment, Seal, SealedDirectory, SealLeaf
from .stay import Stay
from .task import Task

__all__ = [
    "CAUSE_TITLES",
    "FORMAT",
    "PART_BITS",
    "Allotment",
    "Attachment",
    "Attestation",
    "Backdated",
    "Beside",
    "Clock",
    "Delivery",
    "Enclosure",
    "Entry",
    "FormerDue",
    "FormerPart",
    "Journal",
    "Notice",
    "OrderPart",
    "Part",
    "Reader",
    "Root",
    "RootPart",
    "Seal",
    "SealLeaf",
    "SealedDirectory",
    "Stay",
    "Task",
    "of_one_root",
    "of_proceeding",
    "part_id",
    "roots",
]
