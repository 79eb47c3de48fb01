"""For migrations that change the columns of a proven table: what was ours before stays ours, what was not does not.

The digest of a row is over all its columns (`proof`), so a new one would make every row of the table look forged.
To sign them all anew would wash clean what somebody had forged; so who was ours is asked before the change, with the
columns of then, and those rows alone are signed after it, with the columns of now.
"""

from __future__ import annotations

from typing import Any

from django.db.migrations import RunPython
from django.db.migrations.operations.base import Operation

from . import proof

_BATCH = 1000


class SignedAnew:
    """The rows of one table that are ours, noted on one side of a change and signed on the other."""

    def __init__(self, app: str, model: str) -> None:
        self.app, self.model = app, model
        self._ours: list[int] = []

    def note(self, apps: Any, editor: Any) -> None:
        """Before the change, by the columns of then.  Nobody writes to the table until the change is committed."""
        model = apps.get_model(self.app, self.model)
        editor.execute(f'LOCK TABLE "{model._meta.db_table}" IN SHARE ROW EXCLUSIVE MODE')
        rows = model._base_manager.using(editor.connection.alias).order_by("pk")
        self._ours = [row.pk for row in rows.iterator(_BATCH) if proof.is_ours(row)]

    def sign(self, apps: Any, editor: Any) -> None:
        """After the change, by the columns of now."""
        rows = apps.get_model(self.app, self.model)._base_manager.using(editor.connection.alias)
        for start in range(0, len(self._ours), _BATCH):
            changed = list(rows.filter(pk__in=self._ours[start : start + _BATCH]))
            for row in changed:
                row.mac = proof.mac_of(row)
            rows.bulk_update(changed, ["mac"])


def signed_anew(app: str, model: str, *operations: Operation) -> list[Operation]:
    """`operations`, which change the columns of a proven table, between the noting and the signing of what is ours.

    For `Migration.operations` of an atomic migration; works backwards too.
    """
    one = SignedAnew(app, model)
    return [RunPython(one.note, one.sign), *operations, RunPython(one.sign, one.note)]
