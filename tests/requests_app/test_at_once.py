"""Many hands on the same request at the same moment: one wins, the others are told."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from people.models import User
from requests_app import transitions
from requests_app.history import rebuild
from requests_app.models import MemberRequest
from requests_app.moves import TransitionRefused, state_of
from tests.factories import NOW, a_request, an_adviser

ADVISERS, ROUNDS = 20, 20


def _take(pk: int, adviser: User, together: Barrier) -> str:
    try:
        member_request = MemberRequest.objects.get(pk=pk)
        together.wait(timeout=30)
        transitions.take(
            member_request=member_request, by=adviser, at=NOW, version=member_request.version
        )
    except TransitionRefused as refused:
        return str(refused)
    else:
        return "won"
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_of_twenty_advisers_who_take_a_request_one_has_it_and_the_others_are_told() -> None:
    advisers = [an_adviser(name=f"Adviser {number}") for number in range(ADVISERS)]
    for _round in range(ROUNDS):
        member_request, together = a_request(), Barrier(ADVISERS)
        with ThreadPoolExecutor(ADVISERS) as pool:
            told = list(
                pool.map(lambda one: _take(member_request.pk, one, together), advisers)  # noqa: B023
            )
        member_request.refresh_from_db()
        assert Counter(told)["won"] == 1
        assert member_request.adviser == advisers[told.index("won")]
        winner = advisers[told.index("won")].name
        assert all(winner in words for words in told if words != "won")
        assert rebuild(member_request.events.order_by("position")) == state_of(member_request)
