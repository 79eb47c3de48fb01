"""Changing the key under which addresses of channels are sealed."""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from django.db import transaction

from . import ciphers, keyring
from .models import Channel


def reseal() -> tuple[int, int]:
    """Bring every channel under the newest key.  Returns how many were changed, and how many nobody can read."""
    mark, done, lost = f"{keyring.current()[0]}:", 0, 0
    for pk in Channel.objects.order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            channel = Channel.objects.select_for_update(of=("self",)).get(pk=pk)
            if all(not value or value.startswith(mark) for value in (channel.address, channel.secret)):
                continue
            try:
                plain = [ciphers.decrypt(value) for value in (channel.address, channel.secret)]
            except (KeyError, ValueError, InvalidTag):
                lost += 1
                continue
            channel.address, channel.secret = (ciphers.encrypt(value) if value else "" for value in plain)
            channel.save()
            done += 1
    return done, lost
