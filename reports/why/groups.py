"""What the groups of a dimension are called in the language of the page."""

from django.utils.translation import get_language_info

from branches.models import LANGUAGES, Branch, Topic
from reports.seal_models import Dimension
from requests_app.enums import Channel


def group_names(dimension: Dimension) -> dict[str, str]:
    """By code, as stored; no branch and no topic have no name."""
    match dimension:
        case Dimension.BRANCH:
            return {branch.code: branch.name for branch in Branch.objects.all()}
        case Dimension.TOPIC:
            return {topic.code: topic.title for topic in Topic.objects.all()}
        case Dimension.CHANNEL:
            return {channel.value: str(channel.label) for channel in Channel}
        case Dimension.LANGUAGE:
            return {code: str(get_language_info(code)["name_translated"]) for code in LANGUAGES}
