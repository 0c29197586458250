"""Which role may open a view. Outsiders get 404: the page does not exist for them."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from people.held import hold, is_held_for
from people.roles import Role

Arguments = ParamSpec("Arguments")
View = Callable[Concatenate[HttpRequest, Arguments], HttpResponseBase]


def only(*roles: Role) -> Callable[[View[Arguments]], View[Arguments]]:
    """Let these roles in, ask the unknown to sign in, and answer 404 to everybody else."""

    def decorate(view: View[Arguments]) -> View[Arguments]:
        @wraps(view)
        def guarded(
            request: HttpRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs
        ) -> HttpResponseBase:
            if not request.user.is_authenticated:
                # An action is no page to come back to; what came with it is given back there.
                is_held = request.method == "POST" and hold(request)
                return redirect_to_login(reverse("home") if is_held else request.get_full_path())
            if request.user.role not in roles:
                raise Http404
            if is_held_for(request):
                return redirect("requests_app:resume")
            return view(request, *args, **kwargs)

        return guarded

    return decorate
