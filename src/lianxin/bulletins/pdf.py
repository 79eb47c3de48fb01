"""A bulletin as PDF, set by typst in the layout of GB/T 9704 (templates/bulletins/bulletin.typ).

typst keeps what it has read for the life of its process, 150 MB of it, so it works in a child (`typeset`) that ends
with the file: a web process after fifty PDFs is no larger than before.
"""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, time
from pathlib import Path

from . import fonts, typeset
from .document import Bulletin, as_data

TEMPLATE = Path(__file__).parent / "templates" / "bulletins" / "bulletin.typ"
#: A yearly bulletin of a province takes a few seconds; what takes longer than this hangs.
PATIENCE = 120


def render(bulletin: Bulletin) -> bytes:
    """The PDF file (PDF 1.7, tagged, faces embedded).  Raises RuntimeError with typst's words where it fails."""
    order = {
        "template": str(TEMPLATE),
        "fonts": [str(folder) for folder in fonts.folders()],
        "faces": fonts.for_typst(),
        "bulletin": as_data(bulletin),
        "timestamp": datetime.combine(bulletin.day, time(), UTC).isoformat(),
    }
    done = subprocess.run(
        # By its path: importing it as a part of the package would first import all that is around it.
        [sys.executable, "-I", typeset.__file__],
        input=json.dumps(order, ensure_ascii=False).encode(),
        capture_output=True,
        timeout=PATIENCE,
    )
    if done.returncode:
        raise RuntimeError(f"typst: {done.stderr.decode(errors='replace')[-2000:]}")
    return done.stdout
