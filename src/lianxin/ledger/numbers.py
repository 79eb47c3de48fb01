"""Numbers that other systems give to orders, brought to one form."""

from __future__ import annotations

import re
import unicodedata


def upstream(number: str) -> str:
    """As it is kept and compared: half width, capital letters, no blanks; one number is one order however typed."""
    return re.sub(r"[\s\u200b\ufeff]", "", unicodedata.normalize("NFKC", number)).lstrip("'").upper()
