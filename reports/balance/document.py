"""The balance as one document, in the language that is active."""

from django.utils.timezone import localdate
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from reports.balance import annex, limits, opening, results, said
from reports.balance.pictures import pictures_of
from reports.balance.said import Content
from reports.balance_models import Balance
from reports.blocks import Document
from reports.templatetags.figures import listed


def balance_document(balance: Balance) -> Document:
    """Every chapter, from what the balance has frozen. Raises ValueError before it is computed."""
    content = balance.content
    if content is None:
        raise ValueError("This balance has not been computed yet.")
    language = get_language() or "fr"
    pictures = pictures_of(balance, language)
    title = _("Balance: %(pilot)s") % {"pilot": content["pilot"]["name"]}
    return Document(
        title=title,
        language=language,
        subtitle=_subtitle(content),
        state=_state(balance),
        footer=f"{title} · {_data_until(balance, content)}",
        has_contents=True,
        blocks=[
            *opening.in_short(content, words=balance.words_here),
            *opening.what_was_changed(content, cut_off=localdate(balance.cut_off)),
            *opening.what_was_measured(content),
            *results.results(content, pictures),
            *limits.what_cannot_be_said(content, is_provisional=balance.is_provisional),
            *limits.what_could_mislead(content),
            *annex.annex(balance, content),
        ],
    )


def _subtitle(content: Content) -> str:
    pilot = content["pilot"]
    return _("%(offices)s, %(starts)s to %(ends)s") % {
        "offices": listed(pilot["offices"]),
        "starts": said.day(pilot["starts_on"]),
        "ends": said.day(pilot["ends_on"]),
    }


def _state(balance: Balance) -> str:
    if not balance.is_provisional:
        return ""
    return _("Provisional, as of %(moment)s: these figures may still change.") % {
        "moment": said.moment(balance.cut_off)
    }


def _data_until(balance: Balance, content: Content) -> str:
    return _("data until %(moment)s, definition version %(version)s") % {
        "moment": said.moment(balance.cut_off),
        "version": content["versions"]["definitions"],
    }
