from django.apps import AppConfig


class FiguresConfig(AppConfig):
    name = "lianxin.figures"
    label = "figures"
    verbose_name = "指标"
    default_auto_field = "django.db.models.BigAutoField"
