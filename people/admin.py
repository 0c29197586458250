"""People, members and postings, as administrators keep them. No request is ever shown here."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from branches.admin import ModelAdmin, TabularInline
from dop_pilot.celery import wake
from people.models import Absence, Member, Posting, User
from people.roles import Role

if TYPE_CHECKING:
    DjangoUserAdmin = UserAdmin[Any]
else:
    DjangoUserAdmin = UserAdmin


class PostingInline(TabularInline):
    model = Posting
    fk_name = "adviser"
    extra = 0
    ordering = ("-starts_on", "id")


@admin.register(User)
class PersonAdmin(DjangoUserAdmin):
    """Django's own form for passwords; everything else is the role."""

    list_display = ("name", "email", "role", "language", "is_active")
    list_filter = ("role", "language", "is_active")
    search_fields = ("name", "email")
    ordering = ("name", "id")
    filter_horizontal = ()
    readonly_fields = ("last_login", "joined_at")
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        (_("What this person may do"), {"fields": ("role", "language", "is_active")}),
        (None, {"fields": ("last_login", "joined_at")}),
    )
    add_fieldsets = (
        (None, {"fields": ("email", "name", "role", "language")}),
        (None, {"fields": ("usable_password", "password1", "password2")}),
    )

    def get_inlines(self, request: HttpRequest, obj: User | None = None) -> Any:  # noqa: ARG002
        """Only advisers work somewhere; a new person gets a posting once the role is stored."""
        return (PostingInline,) if obj and obj.role == Role.ADVISER else ()


@admin.register(Member)
class MemberAdmin(ModelAdmin):
    list_display = ("number", "user", "office", "may_be_surveyed", "joined_on")
    list_filter = ("office", "may_be_surveyed")
    search_fields = ("number", "user__name", "user__email")
    autocomplete_fields = ("user",)
    ordering = ("number",)
    list_select_related = ("user", "office")


@admin.register(Posting)
class PostingAdmin(ModelAdmin):
    list_display = ("adviser", "office", "branch", "team", "starts_on", "ends_on")
    list_filter = ("office", "branch")
    search_fields = ("adviser__name", "team")
    autocomplete_fields = ("adviser",)
    ordering = ("-starts_on", "id")
    list_select_related = ("adviser", "office", "branch")


@admin.register(Absence)
class AbsenceAdmin(ModelAdmin):
    list_display = ("adviser", "starts_on", "ends_on")
    search_fields = ("adviser__name",)
    autocomplete_fields = ("adviser",)
    ordering = ("-starts_on", "id")
    list_select_related = ("adviser",)

    def save_model(self, request: HttpRequest, obj: Absence, form: Any, change: bool) -> None:
        """An absence that has begun returns requests at once; the hourly job would do it too."""
        super().save_model(request, obj, form, change)
        transaction.on_commit(lambda: wake("requests_app.tasks.return_requests"))
