"""What cannot be said, and what could mislead whoever reads the figures."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from reports.balance import compared
from reports.balance.said import Content
from reports.blocks import Block, Bullets, Heading, Paragraph

# The status of artists changed on that day, three weeks after the pilot of 2023.
REFORM = date(2024, 1, 1)
SUMMER = {7, 8}


def what_cannot_be_said(content: Content, *, is_provisional: bool) -> list[Block]:
    return [
        Heading(_("What cannot be said"), anchor="cannot-say"),
        Bullets([*_always(content), *_not_yet(content, is_provisional=is_provisional)]),
    ]


def _always(content: Content) -> list[str]:
    number = len(content["pilot"]["offices"])
    return [
        _(
            "Whether the pilot alone caused a difference. Only %(number)s of %(all)s offices "
            "changed; how large a difference is and how unusual it looks beside other offices "
            "can be shown, an effect can rarely be proved."
        )
        % {"number": number, "all": number + len(content["pilot"]["comparison_offices"])},
        _(
            "Anything about single advisers. They are not compared, ranked or named; the "
            "smallest group that is shown has at least 5 requests and 3 advisers."
        ),
        _(
            "Whether the answers were right. A quick answer can be a poor one; only the members "
            "can tell, and only in part."
        ),
        _(
            "What would happen in other offices, in other years, or after more than the months "
            "of the pilot."
        ),
    ]


def _not_yet(content: Content, *, is_provisional: bool) -> list[str]:
    found = []
    if is_provisional:
        found.append(
            _(
                "How the pilot ends. This balance is provisional: the last months are not "
                "complete, and their figures can still change."
            )
        )
    if compared.verdict_key(content) is None:
        found.append(
            _("How the pilot offices compare with the others: this has not been computed yet.")
        )
    found += _asked(content["surveys"])
    if content["work"] is None:
        found.append(
            _(
                "How often requests changed hands and whether members met the same person again: "
                "this has not been computed yet."
            )
        )
    return found


def _asked(surveys: dict[str, Any] | None) -> list[str]:
    """What the surveys do not say; nothing where members and advisers were both heard."""
    if not surveys or not any(surveys[kind]["rounds"] for kind in surveys):
        return [_("What members and advisers think of it: they have not been asked yet.")]
    if not surveys["adviser"]["rounds"]:
        return [_("What advisers think of it: they have not been asked yet.")]
    if not surveys["member"]["rounds"]:
        return [_("What members think of it: they have not been asked yet.")]
    return []


def what_could_mislead(content: Content) -> list[Block]:
    return [
        Heading(_("What could mislead"), anchor="threats"),
        Paragraph(
            _(
                "These are the known reasons why the figures could differ from what the pilot "
                "did. None of them can be ruled out by counting."
            )
        ),
        Bullets(_threats(content)),
    ]


def _threats(content: Content) -> list[str]:
    pilot = content["pilot"]
    first, last = (date.fromisoformat(pilot[name]) for name in ("starts_on", "ends_on"))
    return [
        _(
            "Back to the usual. If the pilot offices were chosen because they were slow, they "
            "would probably have become faster without any change."
        ),
        _(
            "Enthusiasm. The offices that try something new often do so willingly, and what is "
            "new is done with more care for a while."
        ),
        *_of_the_season(first, last),
        _(
            "The new form. The web form for requests began with the new organisation; what it "
            "changed cannot be told apart from what the branches changed."
        ),
        _(
            "Members knew. They were told beforehand, and may have asked sooner, later or "
            "otherwise than they would have."
        ),
        _(
            "Staff. Advisers who came, left or were away changed what an office could do, in the "
            "pilot offices as in the others."
        ),
        _(
            "Copying. If other offices took over parts of the new way of working, the difference "
            "between them looks smaller than it is."
        ),
    ]


def _of_the_season(first: date, last: date) -> list[str]:
    """The summer, where the pilot has one; the reform of 2024, where it came near it."""
    months = {(first.month - 1 + step) % 12 + 1 for step in range(_months(first, last))}
    found = []
    if months & SUMMER:
        found.append(
            _(
                "Summer. July and August bring fewer requests and fewer advisers; offices differ "
                "in how much."
            )
        )
    if first < REFORM and (REFORM - last).days < 365:
        found.append(
            _(
                "The reform of the artists' status on 1 January 2024. It brought more requests, "
                "and harder ones, to every office in the months before."
            )
        )
    return found


def _months(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month + 1
