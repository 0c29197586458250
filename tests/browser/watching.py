"""What goes wrong in a browser without the page looking any different."""

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, Response, WebError

# A form that comes back with its errors, and one that somebody else was faster with.
USUAL_REFUSALS = {409, 422}
# The console repeats every answer from 400 on; `_response` judges those itself.
REPEATED = "Failed to load resource: the server responded with a status of"
# A page that is left cuts off what it was still asking for; htmx says so, and asks no more.
LEFT = re.compile(r"htmx:(sendAbort|afterRequest)\b")


@dataclass
class Watch:
    """Notes every fault of every page of a test, violations of the content policy included."""

    origin: str
    problems: list[str] = field(default_factory=list)
    # Parts of problems that the present test provokes.
    expected: list[str] = field(default_factory=list)

    def listen(self, context: BrowserContext) -> None:
        context.on("console", self._console)
        context.on("weberror", self._error)
        context.on("request", self._request)
        context.on("response", self._response)

    def unexpected(self) -> list[str]:
        return [one for one in self.problems if not any(part in one for part in self.expected)]

    def _console(self, message: ConsoleMessage) -> None:
        usual = REPEATED in message.text or LEFT.match(message.text)
        if message.type in {"error", "warning"} and not usual:
            self.problems.append(f"console {message.type}: {message.text}")

    def _error(self, error: WebError) -> None:
        self.problems.append(f"script: {error.error}")

    def _request(self, request: Request) -> None:
        url = urlsplit(request.url)
        if url.scheme in {"http", "https", "ws", "wss"} and not request.url.startswith(self.origin):
            self.problems.append(f"another host: {request.url}")

    def _response(self, response: Response) -> None:
        usual = response.request.is_navigation_request() and response.status in USUAL_REFUSALS
        if response.status >= 400 and not usual:
            self.problems.append(f"{response.status}: {response.request.method} {response.url}")
