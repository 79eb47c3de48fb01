from django.apps import AppConfig


class HandlingConfig(AppConfig):
    name = "lianxin.handling"
    label = "handling"
    verbose_name = "承办"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # The verbs of this stage register themselves with the ledger.
        from lianxin.proceedings.register import load

        from . import actions, kinds  # noqa: F401

        load(kinds)
