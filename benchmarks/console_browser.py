"""A running service and a real browser, for what is measured and drawn of the pages."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pyotp
import uvicorn

from api import logs
from api.app import create_app
from api.console.agents import NewAgent
from api.service import Service, open_service
from api.settings import Settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Playwright

CHROMIUM = "/usr/bin/chromium"
CAMERA_SIDE = 1280
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SHOWN = "[...document.images].every((i) => i.complete) && performance.timing.loadEventEnd > 0"


@contextmanager
def opened(home: Path, **settings: Any) -> Iterator[Service]:
    """A service of its own in that folder."""
    home.chmod(0o755)
    logs.configure("error")
    service = open_service(Settings(home=home, **settings))
    try:
        yield service
    finally:
        service.close()


@contextmanager
def served(service: Service) -> Iterator[str]:
    """A real HTTP server of the service on a free port; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app = create_app(service.settings, service=service)
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, timeout_graceful_shutdown=1)
    runner = uvicorn.Server(config)
    thread = threading.Thread(target=runner.run)
    thread.start()
    while not runner.started:
        if not thread.is_alive():
            raise RuntimeError("the server did not start")
        time.sleep(0.05)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        runner.should_exit = True
        thread.join()


def chromium(playwright: Playwright, *flags: str) -> Browser:
    """The system's Chromium."""
    return playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET, *flags], timeout=120_000)


def sign_in(page: Page, base: str, login: str, agent: NewAgent) -> None:
    """Through the form, with password and one-time code."""
    page.goto(f"{base}/console")
    page.fill("[name=login]", login)
    page.fill("[name=password]", agent.password)
    page.fill("[name=code]", pyotp.TOTP(agent.totp_secret).now())
    page.keyboard.press("Enter")
    page.wait_for_url(f"{base}/console")


def wait_for_pictures(page: Page) -> None:
    """Until every picture of the page is there. (wait_for_function needs eval, which the pages' policy forbids.)"""
    while not page.evaluate(SHOWN):
        page.wait_for_timeout(20)


def film(video: Path, encoded: bytes) -> None:
    """Make a fake camera see the picture, from the next time on that it is started."""
    pixels = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_COLOR)
    ratio = CAMERA_SIDE / max(pixels.shape[:2])
    frame = cv2.imencode(".jpg", cv2.resize(pixels, None, fx=ratio, fy=ratio))[1].tobytes()
    video.write_bytes(frame * 30)


def camera(video: Path) -> tuple[str, ...]:
    """Flags of a Chromium whose camera shows the video."""
    return (
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={video}",
    )
