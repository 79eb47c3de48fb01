from django.apps import AppConfig
from django.db.models.signals import post_migrate


class OrdersConfig(AppConfig):
    name = "lianxin.orders"
    label = "orders"
    verbose_name = "工单"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # The book's own verbs register themselves with the ledger, the journal listens to the directory.
        from . import administration, erasure, system, under_packs, writing  # noqa: F401

        post_migrate.connect(writing.install, dispatch_uid="lianxin_write")
