"""`python -m benchmarks console-speed`: how soon people see the pages, in a real browser on loopback.

An agent's queue and case page, with many cases waiting: from the start of the navigation to the last picture shown.
A seller's camera: how many frames a second the server answers with advice.
"""

from __future__ import annotations

import json
import os
import statistics
import tempfile
import time
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from sqlalchemy import text

from api import vision
from api.capture import service as capture
from api.console import agents, views
from api.sellers.tables import Seller
from api.service import Service
from api.verifications.tables import Verification
from benchmarks.console_browser import (
    camera,
    chromium,
    film,
    opened,
    served,
    sign_in,
    wait_for_pictures,
)
from benchmarks.console_seed import ACCOUNT, Marketplace, Photos, compose

if TYPE_CHECKING:
    from playwright.sync_api import Page, Playwright

TIMES = """() => {
  const end = Math.max(...performance.getEntries().map((e) => e.responseEnd ?? 0));
  const [page] = performance.getEntriesByType("navigation");
  return { ready: Math.max(end, page.loadEventEnd), answer: page.responseEnd };
}"""

# Copies of one seller and its case, with other names, ages and risks.
FILL = """
INSERT INTO sellers SELECT (jsonb_populate_record(s, jsonb_build_object(
    'id', 'sel_' || lpad(n::text, 28, '0'), 'reference', 'filler-' || n,
    'risk', (array['low', 'normal', 'high'])[1 + n % 3]))).*
  FROM sellers s, generate_series(1, :count) n WHERE s.id = :seller;
INSERT INTO verifications SELECT (jsonb_populate_record(v, jsonb_build_object(
    'id', 'ver_' || lpad(n::text, 28, '0'), 'seller_id', 'sel_' || lpad(n::text, 28, '0'),
    'review', jsonb_build_object('opened_at', now() - n * interval '20 seconds')))).*
  FROM verifications v, generate_series(1, :count) n WHERE v.id = :case;
ANALYZE sellers; ANALYZE verifications
"""


def console_speed(
    cases: Annotated[int, typer.Option(help="cases that wait")] = 10_000,
    rounds: Annotated[int, typer.Option(help="loads of each page")] = 10,
    seconds: Annotated[float, typer.Option(help="how long the camera is watched")] = 10,
) -> None:
    """How soon the queue page and a case page are there, and how often the camera is advised."""
    from playwright.sync_api import sync_playwright

    result: dict[str, float] = {"cases": cases, "rounds": rounds}
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        service = stack.enter_context(opened(home))
        photos = compose(date.today())
        case, token = _fill(service, photos, cases)
        with service.database.transaction() as session:
            agent = agents.create(service, session, "speed", "agent", test=True, account=ACCOUNT)
        base = stack.enter_context(served(service))
        playwright = stack.enter_context(sync_playwright())
        page = chromium(playwright).new_page(viewport={"width": 1280, "height": 900})
        sign_in(page, base, "speed", agent)
        for name, address in (("queue", "/console"), ("case", f"/console/cases/{case}")):
            result |= {f"{name}_{k}": v for k, v in _timed(page, base + address, rounds).items()}
        film(home / "card.mjpeg", photos.card)
        address = f"{base}/capture/{token}"
        result["guidance_frames_per_s"] = _guided(playwright, home / "card.mjpeg", address, seconds)
    result["load_average"] = round(os.getloadavg()[0], 1)
    typer.echo(json.dumps(result))


def _timed(page: Page, address: str, rounds: int) -> dict[str, int]:
    """Milliseconds: the first load, the median and the slowest of the others; and the page's own answer."""
    times: list[float] = []
    answers: list[float] = []
    for _ in range(rounds + 1):
        page.goto(address)
        wait_for_pictures(page)
        shown = page.evaluate(TIMES)
        times.append(shown["ready"])
        answers.append(shown["answer"])
    return {
        "first_ms": round(times[0]),
        "median_ms": round(statistics.median(times[1:])),
        "slowest_ms": round(max(times[1:])),
        "html_ms": round(statistics.median(answers[1:])),
    }


def _guided(playwright: Playwright, video: Path, address: str, seconds: float) -> float:
    """Frames a second that are answered while the camera sees a card, taking the photo again each time."""
    page = chromium(playwright, *camera(video)).new_page(viewport={"width": 390, "height": 844})
    page.goto(address)
    page.locator("form button.primary").click()
    page.locator("[data-step=card_portrait] [data-camera]").click()
    page.locator("#camera [data-use]").wait_for(timeout=60_000)
    frames, guided = 0, 0.0
    while guided < seconds:
        before, began = int(page.locator("#camera").get_attribute("data-frames") or 0), time.perf_counter()
        page.locator("#camera [data-again]").click()
        page.locator("#camera [data-use]").wait_for(timeout=60_000)
        guided += time.perf_counter() - began
        frames += int(page.locator("#camera").get_attribute("data-frames") or 0) - before
    return round(frames / guided, 1)


def _fill(service: Service, photos: Photos, cases: int) -> tuple[str, str]:
    """Two stores of one person, the second a case; copies of that case; a link to capture. Returns case and token."""
    market = Marketplace(service, vision.core(None))
    market.submit(market.open("store-first"), photos.of_holder())
    case = market.open("store-second")
    state = market.submit(case, photos.of_holder(selfie=photos.selfie_again))
    if state != "in_review":
        raise typer.BadParameter(f"the case is {state}")
    with service.database.transaction() as session:
        verification = session.get_one(Verification, case)
        views.of_case(service, session, verification, session.get_one(Seller, verification.seller_id))
        found = {"case": case, "count": cases, "seller": verification.seller_id}
        for statement in FILL.split(";"):
            session.execute(text(statement), found)
    with service.database.transaction() as session:
        opened_now = market.open("store-to-capture")
        return case, capture.create(session, market.caller, opened_now, hours=1)[1]
