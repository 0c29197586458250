"""What was fixed before the data were seen, and what was changed in it since."""

from datetime import date, datetime

from django.utils.formats import date_format
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from reports import pilot_plan
from reports.balance.said import Content
from reports.blocks import Block, Bullets, Grid, Heading, Paragraph, Said
from reports.plan_models import Planned
from reports.plan_page import in_words, threshold


def outcomes(content: Content) -> list[Block]:
    """By what the pilot is judged, and since when that is fixed."""
    planned = [pilot_plan.outcome_of(pair) for pair in content["plan"]["outcomes"]]
    if not planned:
        return [
            Paragraph(
                _(
                    "No outcome was fixed in advance. Every comparison here is therefore "
                    "exploratory: whoever looks at many figures finds some that differ by chance."
                )
            )
        ]
    rows = [
        [
            Said(str(outcome.measure.label), _("primary") if place == 0 else ""),
            Said(threshold(outcome)),
        ]
        for place, outcome in enumerate(planned)
    ]
    return [
        Paragraph(_since_when(content)),
        Grid(
            title=_("By what it will be judged"),
            headings=[_("Outcome"), _("A change that would matter")],
            rows=rows,
            note=_(
                "Only the primary outcome decides the verdict. Everything that is not in this "
                "table is exploratory and gets no test."
            ),
            has_words=True,
        ),
    ]


def _since_when(content: Content) -> str:
    locked_at = content["plan"]["locked_at"]
    if locked_at is None:
        return _(
            "By what the pilot is judged has been chosen but not fixed: it could still be "
            "changed after the figures are known."
        )
    day = localdate(datetime.fromisoformat(locked_at))
    starts = date.fromisoformat(content["pilot"]["starts_on"])
    words = {"day": date_format(day, "DATE_FORMAT"), "number": (day - starts).days + 1}
    if day < starts:
        return _("By what the pilot is judged was fixed on %(day)s, before its first day.") % words
    return (
        _(
            "By what the pilot is judged was fixed on %(day)s, on day %(number)s of the pilot: "
            "first figures may have been known."
        )
        % words
    )


def changes(content: Content) -> list[Block]:
    """Each change of the plan after it was fixed, with its date and reason."""
    told = content["plan"]["changes"]
    if not told:
        return []
    return [
        Heading(_("Changes of the plan since it was fixed"), level=3),
        Bullets([_change(change, content["plan"]["names"]) for change in told]),
    ]


def _change(change: Content, names: dict[str, str]) -> str:
    part = Planned(change["field"])
    return _("%(day)s: %(part)s, from %(before)s to %(after)s. Reason: %(reason)s") % {
        "day": date_format(localdate(datetime.fromisoformat(change["changed_at"])), "DATE_FORMAT"),
        "part": part.label,
        "before": in_words(part, change["before"], names),
        "after": in_words(part, change["after"], names),
        "reason": change["reason"],
    }
