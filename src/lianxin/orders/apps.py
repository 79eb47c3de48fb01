from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "lianxin.orders"
    label = "orders"
    verbose_name = "工单"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # The verbs of orders themselves register with the door.
        from . import coming, erasure, quoted, system, tasks, under_packs  # noqa: F401
