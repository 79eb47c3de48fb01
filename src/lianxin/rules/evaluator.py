"""The evaluator of conditions, `cel`, without its command line.

The package's `__init__` loads a command line of its own (typer, rich, prompt_toolkit and pygments: 380 modules, 20 MB,
a quarter of a second) into every process that wants to evaluate a condition; nothing here ever calls it.
"""

from __future__ import annotations

import sys
from types import ModuleType

_CLI = "cel.cli"

if _CLI in sys.modules:
    import cel
else:
    sys.modules[_CLI] = ModuleType(_CLI)
    try:
        import cel
    finally:
        # Whoever wants the command line after all gets the real one.
        del sys.modules[_CLI]

__all__ = ["cel"]
