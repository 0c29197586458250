"""The addresses of surveys. Those below `s/` carry the key of an invitation; logs mask it."""

from django.urls import path

from surveys.views import answering, managing, questionnaires, results

app_name = "surveys"
urlpatterns = [
    path("s/<str:token>/", answering.answer, name="answer"),
    path("s/<str:token>/keep/", answering.keep, name="keep"),
    path("s/<str:token>/never/", answering.refuse, name="refuse"),
    path("surveys/", managing.wave_list, name="waves"),
    path("surveys/questionnaires/", questionnaires.questionnaires, name="questionnaires"),
    path("surveys/questionnaires/<int:key>/", questionnaires.questionnaire, name="questionnaire"),
    path("surveys/questionnaires/<int:key>/preview/", questionnaires.preview, name="preview"),
    path(
        "surveys/questionnaires/<int:key>/copy/",
        questionnaires.copy_questionnaire,
        name="copy_questionnaire",
    ),
    path(
        "surveys/questionnaires/<int:key>/discard/",
        questionnaires.discard_questionnaire,
        name="discard_questionnaire",
    ),
    path("surveys/new/", managing.plan, name="plan"),
    path("surveys/<int:key>/", managing.wave, name="wave"),
    path("surveys/<int:key>/step/<slug:step>/", managing.step, name="step"),
    path("surveys/<int:key>/discard/", managing.discard, name="discard"),
    path("surveys/<int:key>/check/", managing.check, name="check"),
    path("surveys/<int:key>/frame.csv", managing.frame, name="frame"),
    path("surveys/<int:key>/results/", results.wave_results, name="wave_results"),
    path("surveys/results/<slug:kind>/", results.months, name="months"),
    path("surveys/results/<slug:name>.<slug:ending>", results.results_file, name="results_file"),
    path("surveys/comments/", results.comments, name="comments"),
    path("surveys/comments/<uuid:key>/", results.read_comment, name="read_comment"),
]
