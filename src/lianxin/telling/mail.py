"""A message by e-mail, through the installation's SMTP server."""

from __future__ import annotations

from contextlib import suppress
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from .outcomes import SENT, Outcome


def send(address: str, subject: str, text: str) -> Outcome:
    """Send `text` to one mailbox.  Until the server has greeted us, nothing was sent."""
    link = get_connection()
    try:
        link.open()
    except (OSError, SMTPException):
        return Outcome("again", "连接不上邮件服务器，或用户名、密码不对")
    headers = {"Auto-Submitted": "auto-generated"}
    letter = EmailMessage(subject, text, settings.DEFAULT_FROM_EMAIL, [address], headers=headers)
    try:
        link.send_messages([letter])
    except SMTPRecipientsRefused as error:
        return _refused(max((code for code, _ in error.recipients.values()), default=550), "收件地址")
    except SMTPResponseException as error:
        return _refused(error.smtp_code, "邮件")
    except (OSError, SMTPException):
        return Outcome("unknown", "已交给邮件服务器，没有收到回音")
    finally:
        with suppress(OSError, SMTPException):
            link.close()
    return SENT


def _refused(code: int, what: str) -> Outcome:
    """The server's own answer: 4xx, it may be taken later; anything else, not."""
    later = 400 <= code < 500
    return Outcome("again" if later else "failed", f"邮件服务器{'暂不' if later else '不'}接收{what}（{code}）")
