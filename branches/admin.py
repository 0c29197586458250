"""Settings that administrators keep: offices with their hours, closures, branches and topics.

A pilot is entered on pages of its own, because its plan is locked and its changes are dated.
"""

from typing import TYPE_CHECKING, Any

from allauth.account.decorators import secure_admin_login
from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import models
from django.http import HttpRequest

from branches.models import LANGUAGES, Branch, Closure, Office, OpeningHours, Topic

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Any, Any]
else:
    ModelAdmin, TabularInline = admin.ModelAdmin, admin.TabularInline

# Administrators sign in at the same door as everybody, with its limits and second factor.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.site_header = admin.site.site_title = "Smart"
# The role of a person decides what they may do; groups stay unused.
admin.site.unregister(Group)


class FourTextsWidget(forms.MultiWidget):
    """One box for each language, shown below each other."""

    def __init__(self) -> None:
        boxes: dict[str, forms.Widget | type[forms.Widget]] = {
            language: forms.TextInput(
                attrs={
                    "lang": language,
                    "placeholder": language,
                    "aria-label": language,
                    "size": 80,
                }
            )
            for language in LANGUAGES
        }
        super().__init__(boxes)

    def decompress(self, value: Any) -> list[str]:
        return [value.get(language, "") for language in LANGUAGES] if value else [""] * 4


class FourTextsField(forms.MultiValueField):
    """A text in the four languages, stored as one JSON value; all four are asked for."""

    def __init__(self, **kwargs: Any) -> None:
        fields = [forms.CharField() for _language in LANGUAGES]
        super().__init__(fields, widget=FourTextsWidget, **kwargs)

    def compress(self, data_list: list[str]) -> dict[str, str]:
        return dict(zip(LANGUAGES, data_list, strict=False))


# The columns that hold a text in four languages.
IN_FOUR_LANGUAGES = {"names", "invitations", "examples", "titles"}


class FourLanguagesAdmin(ModelAdmin):
    def formfield_for_dbfield(
        self, db_field: "models.Field[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        if db_field.name in IN_FOUR_LANGUAGES:
            return FourTextsField(
                label=db_field.verbose_name, help_text=db_field.help_text, required=True
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class OpeningHoursInline(TabularInline):
    model = OpeningHours
    extra = 0
    ordering = ("valid_from", "weekday", "opens", "id")


@admin.register(Office)
class OfficeAdmin(ModelAdmin):
    list_display = ("name", "code", "reference_prefix", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name", "code")
    ordering = ("name", "id")
    inlines = (OpeningHoursInline,)


@admin.register(Closure)
class ClosureAdmin(FourLanguagesAdmin):
    list_display = ("closed_on", "kind", "office", "__str__")
    list_filter = ("kind", "office")
    date_hierarchy = "closed_on"
    ordering = ("-closed_on", "id")
    list_select_related = ("office",)


@admin.register(Branch)
class BranchAdmin(FourLanguagesAdmin):
    list_display = ("__str__", "code", "position", "is_confidential")
    ordering = ("position",)


@admin.register(Topic)
class TopicAdmin(FourLanguagesAdmin):
    list_display = ("__str__", "branch", "may_contain_sensitive_data", "is_deadline_bound")
    list_filter = ("branch", "may_contain_sensitive_data", "is_deadline_bound")
    search_fields = ("code", "titles")
    ordering = ("branch__position", "position")
    list_select_related = ("branch",)
