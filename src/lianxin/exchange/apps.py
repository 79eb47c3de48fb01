from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "lianxin.exchange"
    label = "exchange"
    verbose_name = "交换"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # The verb of imported history registers itself with the ledger.
        from . import actions  # noqa: F401
