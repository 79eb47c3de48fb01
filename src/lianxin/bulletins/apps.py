from django.apps import AppConfig


class BulletinsConfig(AppConfig):
    name = "lianxin.bulletins"
    label = "bulletins"
    verbose_name = "简报通报"
    default_auto_field = "django.db.models.BigAutoField"
