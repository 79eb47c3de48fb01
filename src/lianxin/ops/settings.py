"""Django's settings. What differs between installations comes from the environment; nothing has to be set.

DATABASE_URL       any PostgreSQL >= 15; without it the embedded server under var/pg
LIANXIN_VAR        where data, keys and attachments live (default: var/ beside the source)
LIANXIN_HOSTS      host names under which the site is reached, separated by commas
LIANXIN_HTTPS      1 when a proxy in front speaks https (secure cookies, trusted X-Forwarded-Proto)
LIANXIN_URL        the site's address as people outside reach it (links in messages)
LIANXIN_ROBOT_HOSTS  further hosts whose chat robots may be called, separated by commas
LIANXIN_LIVE_URL   where browsers find the live updates (default: same host, web port + 1)
"""

import os
from datetime import timedelta

import django_stubs_ext

from . import database, keys, places

# ModelAdmin[Unit] and the like are read by mypy; at run time Django must accept the brackets.
django_stubs_ext.monkeypatch()

BASE_DIR = places.BASE_DIR
VAR = places.VAR
KEYS_DIR = places.KEYS
SECRET_KEY = keys.read_or_make(KEYS_DIR, "secret_key")
DEBUG = False
HTTPS = os.environ.get("LIANXIN_HTTPS") == "1"

OWN_APPS = ["directory", "ledger", "orders", "proceedings"]
OWN_APPS += ["intake", "dispatch", "handling", "followup", "oversight"]
OWN_APPS += ["figures", "duties", "bulletins", "exchange", "desk"]
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "axes",
    "procrastinate.contrib.django",
    *(f"lianxin.{app}" for app in OWN_APPS),
]
AUTH_USER_MODEL = "directory.Staff"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "lianxin.ops.answers.ContentSecurityPolicy",
    "lianxin.ops.answers.Pack",
    "lianxin.ops.answers.Methods",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "lianxin.ops.answers.Together",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "lianxin.directory.sessions.WhoIsAsking",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "lianxin.directory.admin.guard.AdminInput",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",  # last, as its manual asks
]
ROOT_URLCONF = "lianxin.ops.urls"
WSGI_APPLICATION = "lianxin.ops.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "lianxin.ops.live_address.context",
                "lianxin.desk.pulse.context",
            ],
        },
    }
]


DATABASE_URL = database.address()
DATABASES = {"default": database.describe(DATABASE_URL)}
PROCRASTINATE_IMPORT_PATHS = ["lianxin.ops.jobs"]

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True

# Served by WhiteNoise straight from the apps and node_modules: nothing to collect, nothing to forget after an update.
NODE_MODULES = places.NODE_MODULES
STATIC_URL = "/static/"
STATICFILES_DIRS = [
    (prefix, NODE_MODULES / folder) for prefix, folder in places.FRONT_END.items() if (NODE_MODULES / folder).is_dir()
]
ICONS = places.ICONS
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 600

# The day's root goes to these addresses, so that somebody outside keeps it (docs/proof.md).
ROOT_MAIL = [address for address in os.environ.get("LIANXIN_ROOT_MAIL", "").split(",") if address]
EMAIL_HOST = os.environ.get("LIANXIN_SMTP_HOST", "localhost")
EMAIL_PORT = int(os.environ.get("LIANXIN_SMTP_PORT") or 25)
EMAIL_HOST_USER = os.environ.get("LIANXIN_SMTP_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("LIANXIN_SMTP_PASSWORD", "")
EMAIL_USE_TLS = os.environ.get("LIANXIN_SMTP_TLS") == "1"
EMAIL_TIMEOUT = 20
# Where messages to chat groups may go besides the three vendors (directory.addresses), and how their links begin.
ROBOT_HOSTS = [host for host in os.environ.get("LIANXIN_ROBOT_HOSTS", "").split(",") if host]
SITE_URL = os.environ.get("LIANXIN_URL", "").rstrip("/")
DEFAULT_FROM_EMAIL = os.environ.get("LIANXIN_MAIL_FROM") or "lianxin@localhost"

MEDIA_ROOT = places.ATTACHMENTS
IMPORTS_ROOT = places.IMPORTS
PROOF_DIR = places.PROOF
LAKE = places.LAKE
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024

CSRF_FAILURE_VIEW = "lianxin.desk.errors.csrf_failed"
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login/"
# Who fails ten times from one place waits; by name and place together, so that nobody locks out a colleague elsewhere.
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "lianxin.directory.sessions.StaffBackend"]
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_CALLABLE = "lianxin.desk.views.signing.wait"
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True  # the journal has it
AXES_ENABLE_ADMIN = AXES_VERBOSE = False
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "lianxin.ops.passwords.MinimumLength"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

ALLOWED_HOSTS = [host for host in os.environ.get("LIANXIN_HOSTS", "").split(",") if host] or [
    "localhost",
    ".localhost",
    "127.0.0.1",
    "[::1]",
]
SESSION_ENGINE = "lianxin.directory.sessions"
SESSION_COOKIE_AGE = 12 * 3600  # one shift with its handover; an office computer is shared
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 30 * 24 * 3600
    CSRF_TRUSTED_ORIGINS = [f"https://{host.removeprefix('.')}" for host in ALLOWED_HOSTS if host != "*"]

# Live updates: the page signs the names of the queues that it may watch with this salt (django.core.signing.dumps);
# ops/live.py reads them back with the same key. Whoever changes a queue sends its name by NOTIFY on this channel.
LIVE_SALT = "lianxin.live"
LIVE_CHANNEL = "lianxin_news"
LIVE_URL = os.environ.get("LIANXIN_LIVE_URL", "")
LIVE_PORT = int(os.environ.get("LIANXIN_LIVE_PORT") or 8346)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("LIANXIN_LOG", "INFO")},
    "loggers": {"procrastinate": {"level": "WARNING"}, "axes": {"level": "WARNING"}},
}
