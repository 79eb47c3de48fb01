"""The administrator's notices on the admin's first page."""

from django import template
from django.http import HttpRequest
from django.utils import timezone

from .. import administration
from ..models import Staff

register = template.Library()


@register.simple_tag(takes_context=True)
def administrator_notices(context: dict[str, object]) -> list[str]:
    """The notices for the centre that the signed-in person administers; none for a superuser of all centres."""
    request = context["request"]
    assert isinstance(request, HttpRequest)
    assert isinstance(request.user, Staff)
    at = timezone.now()
    centre = administration.centre_of(request.user, at)
    return administration.notices(centre, at) if centre else []
