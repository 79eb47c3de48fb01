"""The web process's entrance (WSGI, served by waitress: ops/web.py)."""

import os

from django.core.wsgi import get_wsgi_application

from .processes import end_with_server

end_with_server()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lianxin.ops.settings")
application = get_wsgi_application()
