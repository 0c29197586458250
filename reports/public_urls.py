"""The addresses of a published balance: whoever has one reads it, without an account."""

from django.urls import path

from reports import balance_views

app_name = "balance"
urlpatterns = [
    path("<slug:key>/", balance_views.public_balance, name="public_balance"),
    path(
        "<slug:key>/<slug:name>-<slug:language>.<slug:ending>",
        balance_views.public_balance_file,
        name="public_balance_file",
    ),
]
