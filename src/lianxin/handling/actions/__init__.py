"""The verbs of handling."""

from . import audit, contact, extension, inner, petition_return, remark, reply, sign

__all__ = ["audit", "contact", "extension", "inner", "petition_return", "remark", "reply", "sign"]
