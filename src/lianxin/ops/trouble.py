"""The one error that an operator is meant to read."""

import click


class Trouble(click.ClickException):
    """One clear Chinese sentence: what is wrong and what to do next. Never a traceback."""

    def format_message(self) -> str:
        return f"出错了:{self.message}"
