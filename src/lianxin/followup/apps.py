from django.apps import AppConfig


class FollowupConfig(AppConfig):
    name = "lianxin.followup"
    label = "followup"
    verbose_name = "回访"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # The verbs of this stage register themselves with the ledger.
        from . import actions, under_packs  # noqa: F401
