from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "lianxin.intake"
    label = "intake"
    verbose_name = "受理"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # The verbs of this stage register themselves with the ledger.
        from . import actions  # noqa: F401
