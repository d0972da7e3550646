"""A served marketplace with real photos and a real browser."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyotp
import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright
from pydantic import SecretStr
from sqlalchemy import delete, select

from api import vision
from api.console import agents
from api.console.agents import NewAgent, Role
from api.console.tables import Claim
from api.database import EmbeddedServer
from api.sellers.tables import Seller
from api.service import Service, open_service
from api.settings import Settings
from api.verifications.tables import Verification
from benchmarks.console_browser import CHROMIUM, camera, chromium, film, served
from benchmarks.console_seed import ACCOUNT, Marketplace, Photos, compose
from tests.api.conftest import run_statement, server

__all__ = ["film", "served", "server"]

PATIENCE_MS = 60_000
"""How long a test waits for what a person would see: longer than the slowest machine takes, as it costs nothing."""
UNDO_SECONDS = 3600
"""No test may depend on a decision still being undoable by the time that a slow machine comes to it."""


@pytest.fixture(scope="session")
def service(server: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    run_statement(server, "CREATE DATABASE pages TEMPLATE migrated")
    settings = Settings(
        home=tmp_path_factory.mktemp("pages"),
        database_url=SecretStr(server._server.get_uri("pages")),
        undo_seconds=UNDO_SECONDS,
        webhook_private_addresses=True,
        second_reading_share=1.0,
    )
    service = open_service(settings)
    yield service
    service.close()


@dataclass
class Site:
    """The served pages, what they show, and who may sign in."""

    base: str
    service: Service
    market: Marketplace
    photos: Photos

    def agent(self, login: str, role: Role = "agent") -> NewAgent:
        with self.service.database.transaction() as session:
            return agents.create(self.service, session, login, role, test=True, account=ACCOUNT)

    def sign_in(self, page: Page, login: str, role: Role = "agent") -> NewAgent:
        """A new agent, signed in through the form."""
        made = self.agent(login, role)
        page.goto(f"{self.base}/console")
        page.fill("[name=login]", login)
        page.fill("[name=password]", made.password)
        page.fill("[name=code]", pyotp.TOTP(made.totp_secret).now())
        page.keyboard.press("Enter")
        page.wait_for_url(f"{self.base}/console")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        return made

    def release(self, verification: str) -> None:
        """Let go of the case whoever holds it, as if its lease had run out."""
        with self.service.database.transaction() as session:
            session.execute(delete(Claim).where(Claim.verification_id == verification))


@pytest.fixture(scope="session")
def site(service: Service, samples: Path) -> Iterator[Site]:
    """The marketplace behind a real HTTP server: one verified store, one that shows the same person again."""
    market = Marketplace(service, vision.core(None))
    photos = compose(date.today())
    assert market.submit(market.open("store-first"), photos.of_holder()) == "verified"
    second = photos.of_holder(selfie=photos.selfie_again)
    assert market.submit(market.open("store-second"), second) == "in_review"
    with served(service) as base:
        yield Site(base, service, market, photos)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    if not Path(CHROMIUM).exists():
        pytest.skip(f"no browser in {CHROMIUM}; install the package chromium")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        yield playwright


def window(browser: Browser, **options: Any) -> Page:
    """A fresh window without animations, whose waits are patient."""
    context = browser.new_context(reduced_motion="reduce", **options)
    context.set_default_timeout(PATIENCE_MS)
    return context.new_page()


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    browser = chromium(playwright)
    yield browser
    browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh browser window that fails the test on any script error or refusal by the security policy."""
    page = window(browser, locale="en-GB", viewport={"width": 1280, "height": 900})
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda m: wrong.append(m.text) if "Content Security Policy" in m.text else None)
    yield page
    page.context.close()
    assert wrong == []


@contextmanager
def phone_of(playwright: Playwright, video: Path) -> Iterator[Page]:
    """A phone-sized Chinese browser whose camera shows the video."""
    browser = chromium(playwright, *camera(video))
    size = {"width": 390, "height": 844}
    yield window(browser, locale="zh-CN", viewport=size, is_mobile=True, has_touch=True)
    browser.close()


def until(page: Page, condition: str) -> None:
    """Wait until the expression is true; wait_for_function would need eval, which the pages' policy forbids."""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while not page.evaluate(condition):
        assert time.monotonic() < deadline, f"still not: {condition}"
        page.wait_for_timeout(50)


def pictures_shown(page: Page) -> None:
    """Wait until every picture of the page can be seen; fails on one that can't be had."""
    until(page, "document.images.length > 0 && [...document.images].every((i) => i.complete)")
    assert page.evaluate("[...document.images].filter((i) => !i.naturalWidth).map((i) => i.src)") == []


def fits(page: Page, width: int) -> None:
    """Wait until the window is that wide; fails where the page has to be scrolled sideways."""
    page.set_viewport_size({"width": width, "height": 844})
    until(page, f"window.innerWidth === {width}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def serious(page: Page, part: str = "html", *rules: str) -> list[str]:
    """What axe-core, or some of its rules, finds serious or critical on the page or a part of it as it is now."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    options: dict[str, object] = {"resultTypes": ["violations"]}
    options |= {"runOnly": {"type": "rule", "values": rules}} if rules else {}
    found = page.evaluate("([part, options]) => axe.run(part, options)", [part, options])["violations"]
    return [
        f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in found if v["impact"] in ("serious", "critical")
    ]


def case_of(site: Site, reference: str) -> str:
    """The id of the one verification of that store."""
    query = select(Verification.id).join(Seller, Seller.id == Verification.seller_id)
    with site.service.database.transaction() as session:
        return str(session.scalars(query.where(Seller.reference == reference)).one())


@pytest.fixture
def shown(tmp_path: Path) -> Any:
    """Keeps a screenshot where PAGES_SHOTS names a folder."""
    folder = Path(os.environ.get("PAGES_SHOTS", tmp_path))

    def keep(page: Page, name: str, **options: Any) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=folder / f"{name}.png", **options)

    return keep
