"""The verbs of the follow-up."""

from . import callback, callback_led, close, exclude

__all__ = ["callback", "callback_led", "close", "exclude"]
