"""The addresses of surveys. Those below `s/` carry the key of an invitation; logs mask it."""

from django.urls import path

from surveys.views import answering, managing

app_name = "surveys"
urlpatterns = [
    path("s/<str:token>/", answering.answer, name="answer"),
    path("s/<str:token>/keep/", answering.keep, name="keep"),
    path("s/<str:token>/never/", answering.refuse, name="refuse"),
    path("surveys/", managing.wave_list, name="waves"),
    path("surveys/new/", managing.plan, name="plan"),
    path("surveys/<int:key>/", managing.wave, name="wave"),
    path("surveys/<int:key>/step/<slug:step>/", managing.step, name="step"),
    path("surveys/<int:key>/discard/", managing.discard, name="discard"),
    path("surveys/<int:key>/check/", managing.check, name="check"),
    path("surveys/<int:key>/frame.csv", managing.frame, name="frame"),
]
