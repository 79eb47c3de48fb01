"""A day's root as people keep it outside the database: printed, or sent by e-mail to whoever is to keep it."""

from __future__ import annotations

import logging
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage

from lianxin.ledger.models import Seal

_log = logging.getLogger(__name__)


def text(seal: Seal) -> str:
    """The root as it is printed: the day, and the digest in groups that can be read out."""
    digest = bytes(seal.digest).hex()
    groups = " ".join(digest[n : n + 8] for n in range(0, len(digest), 8))
    what = f"{seal.closes} 封签" if seal.closes else str(seal)
    return f"{what}（第 {seal.number} 号）：{seal.entries} 笔账目\n摘要 {groups}"


def send(seal: Seal) -> bool:
    """Send a day's root to LIANXIN_ROOT_MAIL, if that is set; whether it went out.

    A mail that cannot be sent is told in the log and never holds up a seal: `lianxin root` prints it at any time.
    """
    if not settings.ROOT_MAIL:
        return False
    body = f"{text(seal)}\n\n请妥善保存。核对时运行：lianxin verify --root {bytes(seal.digest).hex()}\n"
    try:
        sent = EmailMessage(f"热线账目封签 {seal.closes}", body, settings.DEFAULT_FROM_EMAIL, settings.ROOT_MAIL).send()
    except (OSError, SMTPException):
        _log.exception("the root of %s could not be sent", seal.closes)
        return False
    return sent == 1
