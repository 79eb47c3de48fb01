"""The directory in Django's admin: a centre's administrator sees and changes his centre only, a superuser all.

Orders, ledgers and callers are not here (see docs/architecture.md). Rights come from posts, so groups are not either.
"""

from django.contrib import admin
from django.contrib.auth.models import Group

from . import centres, channels, packs, people, places, shifts, units

admin.site.unregister(Group)
admin.site.index_template = "directory/admin_index.html"

__all__ = ["centres", "channels", "packs", "people", "places", "shifts", "units"]
