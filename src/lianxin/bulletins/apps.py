from django.apps import AppConfig


class BulletinsConfig(AppConfig):
    name = "lianxin.bulletins"
    label = "bulletins"
    verbose_name = "简报通报"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # What is published is proved with the book.
        from . import proof  # noqa: F401
