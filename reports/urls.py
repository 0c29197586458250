"""The addresses of the manager's pages."""

from datetime import date

from django.urls import path, register_converter

from reports import (
    balance_views,
    comparison_views,
    download_views,
    plan_views,
    seal_views,
    views,
    why_views,
)
from reports.months import parse_month


class MonthConverter:
    """2023-07 in an address, the first day of the month in the view."""

    regex = r"\d{4}-\d{2}"

    def to_python(self, value: str) -> date:
        return parse_month(value)

    def to_url(self, value: date | str) -> str:
        return value if isinstance(value, str) else f"{value:%Y-%m}"


register_converter(MonthConverter, "month")

app_name = "reports"
urlpatterns = [
    path("", views.pilot, name="pilot"),
    path("months/", views.months, name="months"),
    path("comparison/", comparison_views.comparison, name="comparison"),
    path(
        "comparison/cells/<slug:outcome>/",
        comparison_views.comparison_cells,
        name="comparison_cells",
    ),
    path("comparison/again/", comparison_views.compare_again, name="compare_again"),
    path("why/<slug:figure>/", why_views.why_figure, name="why_figure"),
    path("why/<slug:figure>/rows.csv", why_views.why_figure_rows, name="why_figure_rows"),
    path("plans/", plan_views.plans, name="plans"),
    path("plans/new/", plan_views.new_plan, name="new_plan"),
    path("plans/<int:pilot>/", plan_views.plan, name="plan"),
    path("plans/<int:pilot>/edit/", plan_views.edit_plan, name="edit_plan"),
    path("plans/<int:pilot>/lock/", plan_views.lock_plan, name="lock_plan"),
    path("balance/", balance_views.balances, name="balances"),
    path("balance/ask/", balance_views.ask_for_balance, name="ask_for_balance"),
    path("balance/<slug:key>/", balance_views.balance, name="balance"),
    path("balance/<slug:key>/words/", balance_views.write_words, name="write_words"),
    path("balance/<slug:key>/publish/", balance_views.publish, name="publish_balance"),
    path("balance/<slug:key>/withdraw/", balance_views.withdraw, name="withdraw_balance"),
    path(
        "balance/<slug:key>/<slug:name>-<slug:language>.<slug:ending>",
        balance_views.balance_file,
        name="balance_file",
    ),
    path("<slug:office>/<month:month>/", views.monthly_report, name="monthly_report"),
    path(
        "<slug:office>/<month:month>/report.<slug:ending>",
        download_views.monthly_file,
        name="monthly_file",
    ),
    path("<slug:office>/<month:month>/why/", why_views.why, name="why"),
    path("<slug:office>/<month:month>/why.csv", why_views.why_rows, name="why_rows"),
    path("<slug:office>/<month:month>/publish/", seal_views.publish, name="publish"),
    path("<slug:office>/<month:month>/recompute/", views.recompute, name="recompute"),
]
