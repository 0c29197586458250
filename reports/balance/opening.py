"""The first chapters: in short, what was changed, what was measured and how."""

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from branches.models import in_own_language
from reports.balance import compared, plan, said
from reports.balance.said import Content
from reports.blocks import Block, Bullets, Heading, Paragraph
from reports.models import Side
from reports.templatetags.figures import listed, whole
from reports.wording import sentence


def in_short(content: Content, *, words: str) -> list[Block]:
    """The verdict and what carries it; then what the manager adds, word for word."""
    blocks: list[Block] = [
        Heading(_("In short"), anchor="in-short"),
        Paragraph(compared.verdict_words(content), "lead"),
        Bullets([*_waits(content), *compared.short(content)]),
    ]
    if words:
        blocks.append(Heading(_("What the managers add"), level=3))
        blocks += [Paragraph(part, "said") for part in words.split("\n\n") if part.strip()]
    return blocks


def _waits(content: Content) -> list[str]:
    found = [_half(content, side) for side in Side]
    waiting = said.of_period(content, "during", Side.PILOT)
    if waiting is not None:
        found.append(_still_waiting(waiting["still_waiting"]))
    return [words for words in found if words]


def _half(content: Content, side: Side) -> str:
    """How long half of the members waited, before and during; nothing where it is not known."""
    hours = content["pilot"]["working_day_hours"]
    before, during = (
        said.cell(said.of_period(content, period, side), "office", "median", hours)
        for period in ("before", "during")
    )
    if during.is_soft:
        return ""
    places = {"side": Side(side).label, "during": during.value, "range": during.range}
    if before.is_soft or not during.range:
        return (
            _(
                "%(side)s: during the pilot half of the requests had a first answer within "
                "%(during)s of opening hours."
            )
            % places
        )
    return _(
        "%(side)s: during the pilot half of the requests had a first answer within %(during)s of "
        "opening hours (plausible range %(range)s), before it within %(before)s."
    ) % (places | {"before": before.value})


def _still_waiting(number: int) -> str:
    if not number:
        return _("In the pilot offices nobody waits for a first answer any more.")
    return ngettext(
        "In the pilot offices %(number)s request still waits for a first answer; it is counted.",
        "In the pilot offices %(number)s requests still wait for a first answer; they are counted.",
        number,
    ) % {"number": whole(number)}


def what_was_changed(content: Content, *, cut_off: date) -> list[Block]:
    pilot = content["pilot"]
    return [
        Heading(_("What was changed"), anchor="changed"),
        Paragraph(_changed(content, is_over=cut_off > date.fromisoformat(pilot["ends_on"]))),
        Paragraph(_("The branches are:")),
        Bullets([in_own_language(names) for names in pilot["branches"]]),
        Paragraph(_others(pilot["comparison_offices"])),
        *plan.changes(content),
    ]


def _changed(content: Content, *, is_over: bool) -> str:
    pilot = content["pilot"]
    words = {
        "offices": listed(pilot["offices"]),
        "starts": said.day(pilot["starts_on"]),
        "ends": said.day(pilot["ends_on"]),
    }
    if is_over:
        return (
            _(
                "From %(starts)s to %(ends)s the advisers of %(offices)s worked by branch: each "
                "of them answered the requests of one branch, for all members of the office. "
                "Before, they worked in teams, and each adviser answered everything."
            )
            % words
        )
    return (
        _(
            "Since %(starts)s the advisers of %(offices)s work by branch: each of them answers "
            "the requests of one branch, for all members of the office. Before, they worked in "
            "teams, and each adviser answered everything. The pilot lasts until %(ends)s."
        )
        % words
    )


def _others(offices: list[str]) -> str:
    if not offices:
        return _(
            "No office was named as a comparison. What would have happened without the pilot is "
            "therefore not known."
        )
    return _(
        "In %(offices)s nothing was changed: there, advisers went on working in teams. They show "
        "what happened in the same months without the pilot."
    ) % {"offices": listed(offices)}


def what_was_measured(content: Content) -> list[Block]:
    return [
        Heading(_("What was measured, and how"), anchor="measured"),
        Paragraph(_which_requests(content)),
        Bullets(
            [
                _(
                    "The clock starts when the request arrives and stops at the first message by "
                    "a person that the member can read, or at a call or a visit. An automatic "
                    "receipt does not stop it, and a transfer never restarts it."
                ),
                _(
                    "There are two clocks. One counts opening hours of the office only, the "
                    "other every hour as the member lived it. Both are always given; the first "
                    "is what an office can influence, the second is what a member feels."
                ),
                _(
                    "Requests that nobody has answered yet are counted with the time they have "
                    "waited so far. Leaving them out would reward not answering."
                ),
                _(
                    "“Half” is the median, “9 out of 10” the 90th percentile. They are no "
                    "averages, which a few very old requests would decide. Where a mean wait "
                    "stands, it counts no more than 10 working days of any request."
                ),
                _(
                    "The promise is a first answer within %(promise)s of opening hours; “within "
                    "the promise” is the share of requests for which it was kept."
                )
                % {"promise": said.office_time(content, content["pilot"]["promise_seconds"])},
                _(
                    "A question to the member stops the clock too. How many first answers were "
                    "only a question stands beside the figures."
                ),
                sentence("range_note"),
                _(
                    "No median is given for fewer than 10 requests, and no 90th percentile for "
                    "fewer than 30."
                ),
            ]
        ),
        *plan.outcomes(content),
    ]


def _which_requests(content: Content) -> str:
    pilot = content["pilot"]
    rows = content["periods"]
    received = sum(row["received"] for row in rows)
    counted = sum(row["counted"] for row in rows)
    return _(
        "The figures rest on all %(received)s requests that reached these offices since "
        "%(first)s. Of these, %(left_out)s were withdrawn, sent twice or spam and are left out, "
        "so %(counted)s are counted. A request belongs to the time in which it arrived, whenever "
        "it was answered."
    ) % {
        "received": whole(received),
        "counted": whole(counted),
        "left_out": whole(received - counted),
        "first": said.day(pilot["baseline_starts_on"]),
    }
