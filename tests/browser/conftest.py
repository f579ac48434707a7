"""A real server over what people read themselves, and a real browser that looks at it."""

from __future__ import annotations

import gzip
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright

from citygraph.settings import Repository
from conftest import ROOT, built_once
from servers import PATIENCE, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page, Response

    from citygraph.settings import Settings

HERE = Path(__file__).parent
BUNDLE = ROOT / "src" / "citygraph" / "web" / "static" / "built" / "workbench.js"
CHROMIUM = "/usr/bin/chromium-headless-shell"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


@pytest.fixture(scope="session")
def release_folder(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Path:
    """A release of the documents that people read, without what was imported, so that it is built in seconds."""
    data = tmp_path_factory.mktemp("read") / "data"
    shutil.copytree(ROOT / "data", data, ignore=shutil.ignore_patterns("imported"))
    return built_once(tmp_path_factory, "read", settings, Repository(ROOT, data)).folder


@pytest.fixture(scope="session")
def site(release_folder: Path) -> Iterator[str]:
    """The address of a real server."""
    assert BUNDLE.exists(), "the front end is not built; run `make frontend`"
    with serving(release_folder.parent) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield found
        found.close()


@dataclass
class Visit:
    """A page that was opened, and all that happened meanwhile."""

    page: Page
    site: str
    answers: list[Response] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    """What the browser says on its console: refusals by the policy, faults of scripts."""

    def foreign(self) -> list[str]:
        """The addresses of other hosts that were asked for."""
        return [url for url in self.requests if not url.startswith((f"{self.site}/", "data:", "blob:"))]

    def weight(self, without: str = "no such file") -> int:
        """The bytes that were loaded, compressed as gzip does, but for the files with a word in their names."""
        return sum(len(gzip.compress(row.body(), 6)) for row in self.answers if without not in row.url and row.ok)

    def violations(self) -> list[str]:
        """What axe-core finds, by the rules of WCAG 2.2 AA and by those of good practice."""
        self.page.evaluate((HERE / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8"))
        found = self.page.evaluate("axe.run({ resultTypes: ['violations'] })")
        return [
            f"{rule['id']}: {rule['help']}: {node['html'][:160]}"
            for rule in found["violations"]
            for node in rule["nodes"][:3]
        ]


@pytest.fixture
def visit(site: str, browser: Browser) -> Iterator:
    """Open an address in a fresh window."""
    contexts = []

    def opened(address: str, *, script: bool = True, origin: str = site, **options: object) -> Visit:
        context = browser.new_context(**({"viewport": DESKTOP} | options))
        context.set_default_timeout(PATIENCE * 1000)
        contexts.append(context)
        if not script:  # the page's own scripts are kept away; what a test evaluates still runs
            context.route("**/*.js", lambda route: route.abort())
        page = context.new_page()
        made = Visit(page, origin)
        page.on("request", lambda request: made.requests.append(request.url))
        page.on("response", lambda answer: made.answers.append(answer))  # noqa: PLW0108 - it asks for a name
        page.on("pageerror", lambda error: made.complaints.append(str(error)))
        page.on("console", lambda row: made.complaints.append(row.text) if row.type in ("error", "warning") else None)
        page.goto(origin + address)
        if script and page.locator("script[src*='/built/']").count():
            page.locator("[data-ready]").wait_for(state="attached")
        return made

    yield opened
    for context in contexts:
        context.close()
