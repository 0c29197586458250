"""What the office does when a member does not reply: it reminds once, then closes.

`patience` says when. Both steps are undone by the member: writing opens the request again.
"""

from collections import Counter
from datetime import datetime
from itertools import islice

from requests_app import transitions
from requests_app.enums import Action, ClosingReason
from requests_app.patience import Due, due_requests
from requests_app.refusals import TransitionRefused

# A run acts on so many at most: after a standstill no mail server is flooded, the next run goes on.
AT_MOST = 200


def recall_and_close(*, at: datetime) -> Counter[Action]:
    """Recall the members who owe a reply, and close where the recall brought none.

    Each request is a transaction of its own. A member who writes at that moment wins, and of two
    workers one acts: the step names the version of the request that was found silent. Returns how
    many were recalled and closed.
    """
    return Counter(due.action for due in islice(due_requests(at=at), AT_MOST) if _acted(due, at=at))


def _acted(due: Due, *, at: datetime) -> bool:
    member_request = due.member_request
    version = member_request.version
    try:
        if due.action == Action.REMIND:
            transitions.remind(member_request=member_request, by=None, at=at, version=version)
        else:
            transitions.close(
                member_request=member_request,
                by=None,
                at=at,
                version=version,
                reason=ClosingReason.NO_REPLY,
            )
    except TransitionRefused:
        # Something happened since: the next run looks at it again.
        return False
    return True
