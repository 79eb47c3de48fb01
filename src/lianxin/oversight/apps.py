from django.apps import AppConfig


class OversightConfig(AppConfig):
    name = "lianxin.oversight"
    label = "oversight"
    verbose_name = "督办"

    def ready(self) -> None:
        from lianxin.proceedings.register import load

        # The verbs and kinds of this stage register themselves.
        from . import actions, kinds  # noqa: F401

        load(kinds)
