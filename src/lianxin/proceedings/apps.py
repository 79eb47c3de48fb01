from django.apps import AppConfig


class ProceedingsConfig(AppConfig):
    name = "lianxin.proceedings"
    label = "proceedings"
    verbose_name = "专办事项"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # The verbs that every kind has register with the door.
        from . import erasure, succession, system  # noqa: F401
