from django.apps import AppConfig


class DutiesConfig(AppConfig):
    name = "lianxin.duties"
    label = "duties"
    verbose_name = "定期职责"

    def ready(self) -> None:
        from lianxin.proceedings.register import load

        from . import kinds, verbs  # noqa: F401

        load(kinds)
