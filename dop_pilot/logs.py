"""What logs and error reports must not hold: the keys of links that need no account."""

import re
from collections.abc import MutableMapping
from typing import Any

# The key of an invitation to a survey. Whoever reads it in a log could answer in its place.
_KEY = re.compile(r"(/s/)[\w-]{20,}")


def without_keys(
    _logger: Any, _name: str, event_dict: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """A step of structlog: every text of a line, with the keys in addresses masked."""
    for name, value in event_dict.items():
        if isinstance(value, str) and "/s/" in value:
            event_dict[name] = _KEY.sub(r"\1…", value)
    return event_dict


def without_keys_in_report(event: Any, _hint: Any) -> Any:
    """The same for an error that is reported elsewhere: the address that was asked for."""
    request = event.get("request") or {}
    if "url" in request:
        request["url"] = _KEY.sub(r"\1…", request["url"])
    return event
