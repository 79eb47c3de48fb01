from django.apps import AppConfig
from django.db.models.signals import post_migrate


class LedgerConfig(AppConfig):
    name = "lianxin.ledger"
    label = "ledger"
    verbose_name = "总账"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # The journal listens to the directory.
        from . import administration, unjudged, writing  # noqa: F401

        post_migrate.connect(writing.install, dispatch_uid="lianxin_write")
