from django.apps import AppConfig


class OversightConfig(AppConfig):
    name = "lianxin.oversight"
    label = "oversight"
    verbose_name = "督办"

    def ready(self) -> None:
        from lianxin.proceedings.register import load

        # The verbs and kinds of this stage register themselves.
        # So does what looks at rosters as soon as they are changed.
        from . import actions, kinds, shift_holes  # noqa: F401

        load(kinds)
