"""The site with the page of imports, as ops.urls puts it together."""

from django.urls import include, path

from lianxin.desk import imports
from lianxin.exchange import counter
from lianxin.ops.urls import urlpatterns as site

urlpatterns = [path("imports/", include(imports.urls(counter))), *site]
