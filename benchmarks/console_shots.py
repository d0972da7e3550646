"""`python -m benchmarks console-shots`: a picture of every page, in both languages, for docs/images."""

from __future__ import annotations

import io
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import httpx
import typer
from PIL import Image
from rich.console import Console

from api import vision
from api.capture import service as capture
from api.console import agents
from api.console.agents import NewAgent
from api.keys.service import create_key
from api.verifications import decisions, tasks
from api.verifications import service as verifications
from benchmarks.console_browser import camera, chromium, film, opened, served, sign_in, wait_for_pictures
from benchmarks.console_seed import ACCOUNT, Marketplace, Photos, compose, populate

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

QUALITY = 78
DESK, PHONE = {"width": 1280, "height": 860}, {"width": 390, "height": 844}
LOCALES = {"en": "en-GB", "zh": "zh-CN"}

console = Console()


@dataclass
class Album:
    """Where the pictures go."""

    folder: Path
    png: bool

    def keep(self, page: Page, name: str, *, whole: bool = False) -> None:
        """The window, or the whole page, once its pictures are there."""
        wait_for_pictures(page)
        window = page.viewport_size or DESK
        if whole:  # in a window of that height, so that what sticks to its edge does not cover the page
            height = page.evaluate("document.documentElement.scrollHeight")
            page.set_viewport_size({"width": window["width"], "height": height})
        shot = page.screenshot()
        page.set_viewport_size(window)  # type: ignore[arg-type]
        kind = "png" if self.png else "webp"
        path = self.folder / f"{name}.{kind}"
        Image.open(io.BytesIO(shot)).convert("RGB").save(path, quality=QUALITY, method=6)
        console.print(f"{path} {path.stat().st_size // 1000} kB")


def console_shots(
    out: Annotated[Path, typer.Option(help="folder of the pictures")] = Path("docs/images"),
    png: Annotated[bool, typer.Option(help="PNG in place of WebP")] = False,
) -> None:
    """Draw every page of the console and of the capture page, in English and Chinese."""
    from playwright.sync_api import sync_playwright

    out.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        service = stack.enter_context(opened(home, second_reading_share=1.0))
        market, photos = Marketplace(service, vision.core(None)), compose(datetime.now().date())
        populate(market, photos)
        base = stack.enter_context(served(service))
        playwright = stack.enter_context(sync_playwright())
        film(home / "seen.mjpeg", photos.selfie_again)
        browser = chromium(playwright, *camera(home / "seen.mjpeg"))
        album = Album(out, png)
        for language in LOCALES:
            _console(album, browser, market, base, language)
            _capture(album, browser, market, photos, base, language)


def _console(album: Album, browser: Browser, market: Marketplace, base: str, language: str) -> None:
    """Sign-in, queue, case (also dark, and on a phone), second reading, figures, policy."""
    made = _agent(market, f"li.na.{language}")
    page = browser.new_page(locale=LOCALES[language], viewport=DESK)  # type: ignore[arg-type]
    page.goto(f"{base}/console")
    album.keep(page, f"console-sign-in-{language}")
    sign_in(page, base, f"li.na.{language}", made)
    album.keep(page, f"console-queue-{language}")
    page.goto(f"{base}/console?seller=store-second-store")
    page.get_by_role("link", name="store-second-store").click()
    album.keep(page, f"console-case-{language}", whole=True)
    page.keyboard.press("r")
    album.keep(page, f"console-reject-{language}")
    page.keyboard.press("Escape")
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.emulate_media(color_scheme="dark")
    album.keep(page, f"console-case-phone-dark-{language}")
    page.set_viewport_size(DESK)  # type: ignore[arg-type]
    page.emulate_media(color_scheme="light")
    for name in ("second-reading", "figures", "policy"):
        page.goto(f"{base}/console/{name}")
        album.keep(page, f"console-{name}-{language}", whole=name != "second-reading")
    page.context.close()


def _capture(
    album: Album, browser: Browser, market: Marketplace, photos: Photos, base: str, language: str
) -> None:
    """Consent, steps, camera, each outcome, a retake, an enterprise's page and its hand-over."""
    page = browser.new_page(locale=LOCALES[language], viewport=PHONE)  # type: ignore[arg-type]
    verification = market.open(f"store-shots-{language}")
    page.goto(_link(market, base, verification))
    album.keep(page, f"capture-consent-{language}", whole=True)
    page.locator("form button.primary").click()
    page.locator("#steps").wait_for()
    album.keep(page, f"capture-steps-{language}", whole=True)
    for kind, photo in photos.of_holder().items():
        if kind == "selfie":
            page.locator("[data-step=selfie] [data-camera]").click()
            page.locator("#camera [data-use]").wait_for()
            album.keep(page, f"capture-camera-{language}")
            page.locator("#camera [data-use]").click()
        else:
            file = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": photo}
            page.locator(f"[data-step={kind}] [data-file]").set_input_files(file)  # type: ignore[arg-type]
        page.locator(f"[data-step={kind}] [data-done-mark]").wait_for()
    page.locator("[data-submit]").click()
    _outcomes(album, page, market, verification, language)
    _enterprise(album, browser, market, base, language)
    page.context.close()


def _outcomes(album: Album, page: Page, market: Marketplace, verification: str, language: str) -> None:
    """One verification through all states, as its seller sees it."""
    album.keep(page, f"capture-processing-{language}")
    service = market.service
    tasks.run_scenario(service, verification, 1, "retake_blurred")
    page.reload()
    album.keep(page, f"capture-retake-{language}", whole=True)
    with service.database.transaction() as session:
        verifications.submit(service, session, market.caller, verification)
    tasks.run_scenario(service, verification, 2, "attack")
    page.reload()
    album.keep(page, f"capture-in-review-{language}")
    at = datetime.now(UTC) + timedelta(days=1)
    with service.database.transaction() as session:
        link = "https://calls.example/room"
        decisions.call_by_video(session, market.caller, verification, link=link, at=at)
    page.reload()
    album.keep(page, f"capture-video-call-{language}")
    with service.database.transaction() as session:
        said = {"reasons": ["approved_by_agent"], "message": None, "note": None}
        decisions.decide(service, session, market.caller, verification, decision="verified", **said)  # type: ignore[arg-type]
    page.reload()
    album.keep(page, f"capture-verified-{language}")


def _enterprise(album: Album, browser: Browser, market: Marketplace, base: str, language: str) -> None:
    page = browser.new_page(locale=LOCALES[language], viewport=DESK)  # type: ignore[arg-type]
    page.goto(_company(market, base, f"company-{language}"))
    album.keep(page, f"capture-consent-desk-{language}")
    page.locator("form button.primary").click()
    page.locator("#steps").wait_for()
    album.keep(page, f"capture-enterprise-{language}", whole=True)
    page.locator("form[action*='/people/'] button").first.click()
    page.locator("input[readonly]").wait_for()
    album.keep(page, f"capture-hand-over-{language}")
    page.context.close()


def _company(market: Marketplace, base: str, reference: str) -> str:
    """An enterprise with two executives, one of whom is asked for photos; the address of its own page."""
    with market.service.database.transaction() as session:
        key = create_key(session, "admin", test=True, account=ACCOUNT)
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=f"{base}/v1", headers=headers, timeout=60) as api:

        def post(path: str, **body: str) -> dict[str, str]:
            made: dict[str, str] = api.post(path, json=body).raise_for_status().json()
            return made

        seller = post("/sellers", reference=reference, kind="enterprise")["id"]
        post(f"/sellers/{seller}/executives", role="major_shareholder")
        person = post(f"/sellers/{seller}/executives", role="legal_representative")["id"]
        post("/verifications", seller_id=seller, executive_id=person)
        own = post("/verifications", seller_id=seller)["id"]
        return post(f"/verifications/{own}/capture-links")["url"]


def _link(market: Marketplace, base: str, verification: str) -> str:
    with market.service.database.transaction() as session:
        return f"{base}/capture/{capture.create(session, market.caller, verification, hours=1)[1]}"


def _agent(market: Marketplace, login: str) -> NewAgent:
    with market.service.database.transaction() as session:
        return agents.create(market.service, session, login, "supervisor", test=True, account=ACCOUNT)
