"""A browser, the running product, and a person who looks over the shoulder of every test."""

import os
import shutil
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext

from tests.browser.stack import Product, running_product
from tests.browser.visits import Visitor
from tests.browser.watching import Watch

# Pages answer in milliseconds; a longer wait only delays bad news.
PATIENCE = 10_000  # milliseconds
NewContext = Callable[..., BrowserContext]


def pytest_configure(config: pytest.Config) -> None:
    """Keep a picture of each page of a test that fails, below test-results/."""
    config.option.screenshot = "only-on-failure"


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with running_product(tmp_path_factory.mktemp("product")) as running:
        yield running


@pytest.fixture(scope="session")
def base_url(product: Product) -> str:
    return product.url


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    quiet = ["background-networking", "component-update", "sync", "quic", "gpu"]
    arguments = [f"--disable-{what}" for what in quiet]
    # Whatever a page may name, nothing is looked up outside this machine.
    arguments += ["--no-first-run", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    return {
        **browser_type_launch_args,
        "executable_path": shutil.which("chromium"),
        "args": arguments,
    }


@pytest.fixture(autouse=True)
def watch(product: Product) -> Iterator[Watch]:
    """Fail a test for what no assertion of its own looks at."""
    watch = Watch(product.url)
    yield watch
    assert not watch.unexpected()


@pytest.fixture
def new_context(new_context: NewContext, watch: Watch) -> NewContext:
    def create(**options: Any) -> BrowserContext:
        context = new_context(**{"timezone_id": "Europe/Brussels"} | options)
        context.set_default_timeout(PATIENCE)
        watch.listen(context)
        return context

    return create


@pytest.fixture
def visitor(new_context: NewContext) -> Callable[..., Visitor]:
    """Somebody with a browser of their own, in a language of their own."""

    def come(language: str = "fr", **options: Any) -> Visitor:
        return Visitor(new_context(locale=language, **options).new_page(), language)

    return come


@pytest.fixture(scope="session")
def pictures(pytestconfig: pytest.Config) -> Path:
    """A folder for pictures at which a person can look afterwards."""
    folder = Path(pytestconfig.getoption("--output")) / "pages"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show beside a failure what the processes of the product have written."""
    report = yield
    product = getattr(item, "funcargs", {}).get("product")
    if report.failed and isinstance(product, Product):
        report.sections += [(f"{name}.log", lines) for name, lines in product.last_lines()]
    return report
