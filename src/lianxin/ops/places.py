"""Where things lie. No Django, no side effects: backup, restore and doctor need it before anything is set up."""

import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parents[3]
VAR = Path(os.environ.get("LIANXIN_VAR") or BASE_DIR / "var").resolve()
KEYS = VAR / "keys"
ATTACHMENTS = VAR / "attachments"
# Files of the desk's imports that wait to be taken: outside the attachments, so that no backup packs them.
IMPORTS = VAR / "imports"
# How far each writer of the ledger is, outside the database (ledger.attest).
PROOF = VAR / "proof"
CLUSTER = VAR / "pg"
# Where the lake lies: a folder, or an address such as s3://bucket/path.
LAKE = os.environ.get("LIANXIN_LAKE") or str(VAR / "lake")
NODE_MODULES = BASE_DIR / "node_modules"
# Prefix under /static/ of each front-end package, and its folder in node_modules.
FRONT_END = {"htmx": "htmx.org/dist"}
# Drawn into the page by the desk, not served; script/front keeps those that desk/icons.txt names.
ICONS = NODE_MODULES / "@tabler" / "icons" / "icons"
