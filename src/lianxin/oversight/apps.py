from django.apps import AppConfig


class OversightConfig(AppConfig):
    name = "lianxin.oversight"
    label = "oversight"
    verbose_name = "督办"

    def ready(self) -> None:
        from lianxin.proceedings.register import load

        from . import kinds

        load(kinds)
