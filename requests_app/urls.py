"""Members under /requests/, advisers under /desk/, managers under /routing/."""

from django.urls import path

from requests_app.views import (
    adviser,
    calls,
    consulting,
    documents,
    drafts,
    fairness,
    files,
    handing_in,
    manager,
    member,
    people,
    pulse,
    saved_answers,
    search,
)

app_name = "requests_app"

urlpatterns = [
    path("requests/", member.my_requests, name="my_requests"),
    path("requests/new/", member.submit, name="submit"),
    path("requests/new/draft/", member.save_draft, name="save_draft"),
    path("requests/<slug:reference>/", member.my_request, name="my_request"),
    path("requests/<slug:reference>/write/", member.write, name="write"),
    path("requests/<slug:reference>/openings/", member.openings, name="openings"),
    path("requests/<slug:reference>/draft/", member.save_message_draft, name="save_message_draft"),
    path("requests/<slug:reference>/documents/<int:number>/", handing_in.hand_in, name="hand_in"),
    path("documents/<slug:key>/", files.document, name="document"),
    path("documents/<slug:key>/view/", files.view_document, name="view_document"),
    path("documents/<slug:key>/follow/", documents.follow, name="follow_document"),
    path("documents/<slug:key>/remove/", member.remove_document, name="remove_document"),
    path("routing/", manager.routing, name="routing"),
    path("saved-answers/", saved_answers.all_saved_answers, name="all_saved_answers"),
    path("saved-answers/new/", saved_answers.new_saved_answer, name="new_saved_answer"),
    path("saved-answers/<int:key>/", saved_answers.saved_answer, name="saved_answer"),
    path(
        "saved-answers/<int:key>/throw-away/",
        saved_answers.throw_away_answer,
        name="throw_away_answer",
    ),
    path("search/", search.search, name="search"),
    path("desk/", adviser.queue, name="queue"),
    # Before the references, which would take these words for one.
    path("desk/calls/new/", calls.log_call, name="log_call"),
    path("desk/calls/new/draft/", calls.save_call_draft, name="save_call_draft"),
    path("desk/members/", people.find_members, name="find_members"),
    # A number may hold whatever the member list holds, a slash included.
    path("desk/members/<path:number>/", people.member_page, name="member_page"),
    path("desk/pulse/", pulse.pulse, name="pulse"),
    path("desk/next/", fairness.take_next, name="take_next"),
    path("desk/drafts/", drafts.my_drafts, name="my_drafts"),
    path("desk/drafts/<int:key>/discard/", drafts.discard, name="discard"),
    path("desk/absence/", fairness.absence, name="absence"),
    path("desk/absence/<int:key>/cancel/", fairness.cancel_absence, name="cancel_absence"),
    path("desk/<slug:reference>/answers/", saved_answers.answers_for, name="answers_for"),
    path("desk/<slug:reference>/insert/", saved_answers.insert_answer, name="insert_answer"),
    path("desk/<slug:reference>/", adviser.detail, name="detail"),
    path("desk/<slug:reference>/take/", adviser.take, name="take"),
    path("desk/<slug:reference>/release/", adviser.release, name="release"),
    path("desk/<slug:reference>/route/", adviser.route, name="route"),
    path("desk/<slug:reference>/transfer/", adviser.transfer, name="transfer"),
    path("desk/<slug:reference>/send-back/", adviser.send_back, name="send_back"),
    path("desk/<slug:reference>/answer/", adviser.answer, name="answer"),
    path("desk/<slug:reference>/note/", adviser.note, name="note"),
    path("desk/<slug:reference>/ask/", adviser.ask_document, name="ask_document"),
    path("desk/<slug:reference>/documents/<int:number>/", documents.review, name="review"),
    path(
        "desk/<slug:reference>/documents/<int:number>/check/",
        documents.check,
        name="check_document",
    ),
    path(
        "desk/<slug:reference>/documents/<int:number>/correct/",
        documents.correct,
        name="correct_document",
    ),
    path(
        "desk/<slug:reference>/documents/<int:number>/refuse/",
        documents.refuse,
        name="refuse_document",
    ),
    path(
        "desk/<slug:reference>/documents/<int:number>/drop/", documents.drop, name="drop_document"
    ),
    path("desk/<slug:reference>/wait/", adviser.wait, name="wait"),
    path("desk/<slug:reference>/close/", adviser.close, name="close"),
    path("desk/<slug:reference>/reopen/", adviser.reopen, name="reopen"),
    path("desk/<slug:reference>/undo/", consulting.undo, name="undo"),
    path("desk/<slug:reference>/consult/", consulting.consult, name="consult"),
    path(
        "desk/<slug:reference>/consult/<int:key>/answer/",
        consulting.answer_consultation,
        name="answer_consultation",
    ),
    path(
        "desk/<slug:reference>/consult/<int:key>/withdraw/",
        consulting.withdraw_consultation,
        name="withdraw_consultation",
    ),
]
