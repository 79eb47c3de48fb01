"""The directory as xlsx sheets: export, check, import. A sheet that was exported and imported changes nothing."""

from .areas import Areas
from .base import Change, Outcome, RowError, Sheet
from .categories import Categories
from .charges import Charges
from .posts import Posts
from .shifts import Shifts
from .staff import People
from .units import Units
from .workbook import WorkbookError

SHEETS: dict[str, type[Sheet]] = {
    sheet.name: sheet for sheet in (Units, Areas, People, Posts, Categories, Charges, Shifts)
}

__all__ = [
    "SHEETS",
    "Areas",
    "Categories",
    "Change",
    "Charges",
    "Outcome",
    "People",
    "Posts",
    "RowError",
    "Sheet",
    "Shifts",
    "Units",
    "WorkbookError",
]
