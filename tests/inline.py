"""What the content security policy refuses in a page, found in what a browser would be sent."""

import re

# In a tag, not in what somebody typed: that has no angle bracket left.
_INLINE = re.compile(
    r"<[a-z][^<>]*\s(on[a-z]+|style)\s*=\s*[\"']"
    r"|<[a-z][^<>]*\s(href|src|action)\s*=\s*[\"']\s*javascript:"
    r"|<script(?![^>]*(\ssrc=|\snonce=|application/json))|<style",
    re.IGNORECASE,
)


def inline_in(page: str) -> str | None:
    """The first handler, style or script that stands in the page itself."""
    found = _INLINE.search(page)
    return found.group()[:200] if found else None
