"""Addresses of the demo; they exist only where DEMO is on."""

from django.urls import path

from demo import views

app_name = "demo"
urlpatterns = [
    path("", views.start, name="start"),
    path("enter/", views.enter, name="enter"),
    path("mail/", views.mail, name="mail"),
]
