"""Which pages of allauth there are: signing in and out, passwords of staff, second factors.

Nobody opens an account, and nobody changes an address here: addresses come from the member list.
"""

from allauth.account import views
from django.urls import include, path, re_path

from people import sign_in

urlpatterns = [
    path("login/", sign_in.sign_in_with_password, name="account_login"),
    path("login/code/", sign_in.ask_for_code, name="account_request_login_code"),
    path("login/code/confirm/", sign_in.confirm_code, name="account_confirm_login_code"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("signup/", views.signup, name="account_signup"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("password/change/", views.password_change, name="account_change_password"),
    # Who has no password signs in with a code, and gets a first one by mail if it is wanted.
    path("password/set/", sign_in.no_such_page, name="account_set_password"),
    path("password/reset/", views.password_reset, name="account_reset_password"),
    path("password/reset/done/", views.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        views.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("2fa/", include("allauth.mfa.urls")),
]
