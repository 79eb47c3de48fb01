"""The directory's tables, one module a subject."""

from .categories import Category
from .centres import AdoptedPack, Centre, DemoLoading, Holiday, PolicyVersion, Revision
from .channels import Channel
from .charges import Charge
from .former import FormerCategory, FormerUnit
from .people import Absence, Post, Staff
from .places import AreaCircle, TeamArea
from .shifts import Roster, Shift
from .units import Area, Unit

__all__ = [
    "Absence",
    "AdoptedPack",
    "Area",
    "AreaCircle",
    "Category",
    "Centre",
    "Channel",
    "Charge",
    "DemoLoading",
    "FormerCategory",
    "FormerUnit",
    "Holiday",
    "PolicyVersion",
    "Post",
    "Revision",
    "Roster",
    "Shift",
    "Staff",
    "TeamArea",
    "Unit",
]
