"""Registering kinds of proceedings: what a file of a package `kinds` calls, and what imports those files."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

from . import kinds
from .kinds import Kind
from .steps import verb_of


def add(kind: Kind) -> Kind:
    """Register a kind and a verb for each of its steps.  Raises ValueError for one that does not hold together."""
    kinds.note(kind)
    for step in (*kind.former, *kind.steps):
        verb_of(kind, step)
    return kind


def load(package: ModuleType) -> None:
    """Import every module of a package `kinds`, so that a new kind is one file."""
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
