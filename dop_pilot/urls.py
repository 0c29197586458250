"""Every address of the product. Each of them stands in the access table of the tests."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from dop_pilot import health
from people import views as people_views
from reports.own_views import own_figures_page

urlpatterns = [
    path("", people_views.home, name="home"),
    path("language/", people_views.set_language, name="set_language"),
    path("privacy/", people_views.privacy, name="privacy"),
    path("accounts/", include("people.account_urls")),
    # The desk lies below the reports and knows nothing of them.
    path("desk/mine/figures/", own_figures_page, name="own_figures"),
    path("", include("requests_app.urls")),
    path("", include("surveys.urls")),
    path("pilot/", include("reports.urls")),
    path("balance/", include("reports.public_urls")),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
if settings.DEMO:
    urlpatterns.append(path("demo/", include("demo.urls")))
