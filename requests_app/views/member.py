"""What a member sees and does."""

from django.http import Http404, HttpRequest, HttpResponse


def my_requests(request: HttpRequest, **_kwargs: str) -> HttpResponse:
    raise Http404


def submit(request: HttpRequest, **_kwargs: str) -> HttpResponse:
    raise Http404


def save_draft(request: HttpRequest, **_kwargs: str) -> HttpResponse:
    raise Http404


def my_request(request: HttpRequest, **_kwargs: str) -> HttpResponse:
    raise Http404


def write(request: HttpRequest, **_kwargs: str) -> HttpResponse:
    raise Http404


def save_message_draft(request: HttpRequest, **_kwargs: str) -> HttpResponse:
    raise Http404


def document(request: HttpRequest, **_kwargs: str) -> HttpResponse:
    raise Http404


def remove_document(request: HttpRequest, **_kwargs: str) -> HttpResponse:
    raise Http404
