"""`python -m benchmarks console-speed`: how soon an agent sees the queue and a case, with many cases waiting.

A real browser on loopback: the time from the start of the navigation to the last picture shown.
"""

from __future__ import annotations

import json
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import pyotp
import typer
import uvicorn
from sqlalchemy import text

from api import logs, vision
from api.app import create_app
from api.console import agents
from api.console.agents import NewAgent
from api.service import Service, open_service
from api.settings import Settings
from benchmarks.console_seed import ACCOUNT, Marketplace, compose

if TYPE_CHECKING:
    from playwright.sync_api import Page

CHROMIUM = "/usr/bin/chromium"
SHOWN = """() => {
  const end = Math.max(...performance.getEntries().map((e) => e.responseEnd ?? 0));
  const [page] = performance.getEntriesByType("navigation");
  return { ready: Math.max(end, page.loadEventEnd), answer: page.responseEnd };
}"""
PICTURES = "[...document.images].every((i) => i.complete) && performance.timing.loadEventEnd > 0"

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
) -> None:
    """How soon the queue page and a case page are there, in a real browser."""
    from playwright.sync_api import sync_playwright

    with (
        tempfile.TemporaryDirectory() as home,
        _serving(Path(home), cases) as (base, case, agent),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        _sign_in(page, base, agent)
        result = {"cases": cases, "rounds": rounds}
        for name, address in (("queue", "/console"), ("case", f"/console/cases/{case}")):
            result |= {f"{name}_{k}": v for k, v in _timed(page, base + address, rounds).items()}
        browser.close()
    typer.echo(json.dumps(result))


def _timed(page: Page, address: str, rounds: int) -> dict[str, int]:
    """Milliseconds: the first load, the median and the slowest of the others; and the page's own answer."""
    times: list[float] = []
    answers: list[float] = []
    for _ in range(rounds + 1):
        page.goto(address)
        page.wait_for_function(PICTURES)
        shown = page.evaluate(SHOWN)
        times.append(shown["ready"])
        answers.append(shown["answer"])
    return {
        "first_ms": round(times[0]),
        "median_ms": round(statistics.median(times[1:])),
        "slowest_ms": round(max(times[1:])),
        "html_ms": round(statistics.median(answers[1:])),
    }


def _sign_in(page: Page, base: str, agent: NewAgent) -> None:
    page.goto(f"{base}/console")
    page.fill("[name=login]", "speed")
    page.fill("[name=password]", agent.password)
    page.fill("[name=code]", pyotp.TOTP(agent.totp_secret).now())
    page.keyboard.press("Enter")
    page.wait_for_url(f"{base}/console")


@contextmanager
def _serving(home: Path, cases: int) -> Iterator[tuple[str, str, NewAgent]]:
    """A service with one case of real photos among many: its address, that case, an agent."""
    home.chmod(0o755)
    logs.configure("error")
    service = open_service(Settings(home=home))
    case = _fill(service, cases)
    with service.database.transaction() as session:
        agent = agents.create(service, session, "speed", "agent", test=True, account=ACCOUNT)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app = create_app(service.settings, service=service)
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, timeout_graceful_shutdown=1)
    runner = uvicorn.Server(config)
    thread = threading.Thread(target=runner.run)
    thread.start()
    while not runner.started:
        time.sleep(0.05)
    try:
        yield f"http://127.0.0.1:{port}", case, agent
    finally:
        runner.should_exit = True
        thread.join()
        service.close()


def _fill(service: Service, cases: int) -> str:
    """Two stores of one person, the second a case; and copies of that case. Returns the case."""
    market, photos = Marketplace(service, vision.core(None)), compose(date.today())
    market.submit(market.open("store-first"), photos.of_holder())
    case = market.open("store-second")
    state = market.submit(case, photos.of_holder(selfie=photos.selfie_again))
    if state != "in_review":
        raise typer.BadParameter(f"the case is {state}")
    with service.database.transaction() as session:
        found = {"case": case, "count": cases}
        seller = session.scalar(text("SELECT seller_id FROM verifications WHERE id = :case"), found)
        for statement in FILL.split(";"):
            session.execute(text(statement), {**found, "seller": seller})
    return case
