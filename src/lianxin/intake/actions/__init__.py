"""The verbs of intake, one small unit each."""

from . import (
    answer,
    correct,
    correct_caller,
    correct_words,
    join_call,
    register,
    repeat,
    set_limit,
    supplement,
    urge,
    void,
)

__all__ = [
    "answer",
    "correct",
    "correct_caller",
    "correct_words",
    "join_call",
    "register",
    "repeat",
    "set_limit",
    "supplement",
    "urge",
    "void",
]
