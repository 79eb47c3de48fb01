from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "lianxin.orders"
    label = "orders"
    verbose_name = "工单"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # The book's own verbs register themselves with the ledger, the journal listens to the directory.
        from . import administration, erasure, system  # noqa: F401
