"""The directory's tables, one module a subject."""

from .categories import Category
from .centres import AdoptedPack, Centre, DemoLoading, Holiday, PolicyVersion, Revision
from .charges import Charge
from .former import FormerCategory, FormerUnit
from .people import Absence, Post, Staff
from .units import Area, Unit

__all__ = [
    "Absence",
    "AdoptedPack",
    "Area",
    "Category",
    "Centre",
    "Charge",
    "DemoLoading",
    "FormerCategory",
    "FormerUnit",
    "Holiday",
    "PolicyVersion",
    "Post",
    "Revision",
    "Staff",
    "Unit",
]
