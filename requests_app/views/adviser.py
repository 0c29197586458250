"""The adviser's desk."""

from django.http import Http404, HttpRequest, HttpResponse


def queue(request: HttpRequest, **_kwargs: str) -> HttpResponse:
    raise Http404


def detail(request: HttpRequest, **_kwargs: str) -> HttpResponse:
    raise Http404


def take(request: HttpRequest, **_kwargs: str) -> HttpResponse:
    raise Http404


def release(request: HttpRequest, **_kwargs: str) -> HttpResponse:
    raise Http404


def route(request: HttpRequest, **_kwargs: str) -> HttpResponse:
    raise Http404


def transfer(request: HttpRequest, **_kwargs: str) -> HttpResponse:
    raise Http404


def send_back(request: HttpRequest, **_kwargs: str) -> HttpResponse:
    raise Http404


def answer(request: HttpRequest, **_kwargs: str) -> HttpResponse:
    raise Http404


def note(request: HttpRequest, **_kwargs: str) -> HttpResponse:
    raise Http404


def wait(request: HttpRequest, **_kwargs: str) -> HttpResponse:
    raise Http404


def close(request: HttpRequest, **_kwargs: str) -> HttpResponse:
    raise Http404


def reopen(request: HttpRequest, **_kwargs: str) -> HttpResponse:
    raise Http404
