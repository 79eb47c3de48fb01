"""Which rows the product's code holds: all of it imported, so that nothing that is there goes unsaid."""

import pkgutil
from functools import cache
from importlib import import_module

import django

import lianxin
from lianxin.rules import serving


@cache
def all_served() -> dict[str, tuple[str, ...]]:
    """By row of docs/mechanisms.md the modules that hold it."""
    django.setup()
    for found in pkgutil.walk_packages(lianxin.__path__, "lianxin."):
        # Neither declares anything; the commands would be imported while one of them runs.
        if ".migrations" not in found.name and not found.name.startswith("lianxin.ops."):
            import_module(found.name)
    return serving.served()
