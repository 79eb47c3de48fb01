from django.apps import AppConfig


class DispatchConfig(AppConfig):
    name = "lianxin.dispatch"
    label = "dispatch"
    verbose_name = "派单"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # The verbs of this stage register themselves with the ledger.
        from lianxin.proceedings.register import load

        from . import actions, kinds, under_packs  # noqa: F401

        load(kinds)
