"""Runs the HTTP server, keeps the embedded database alive, and beside it, where asked, one worker process."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
import time

import structlog
import uvicorn

from api import logs, vision
from api.app import create_app
from api.service import Service, open_service
from api.settings import current_settings

log = structlog.get_logger()

WATCH_SECONDS = 0.5


class WorkerProcess:
    """A worker as a child process, started again if it dies; it ends by itself if this process does."""

    def __init__(self) -> None:
        self._process = self._start()

    def revive(self) -> None:
        """Start the worker again where it has ended."""
        if self._process.poll() is not None:
            log.error("worker_died", status=self._process.returncode)
            self._process = self._start()

    def stop(self) -> None:
        """Let it finish what it does."""
        self._process.terminate()
        try:
            self._process.wait(40)
        except subprocess.TimeoutExpired:
            self._process.kill()

    @staticmethod
    def _start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "api", "worker", "--supervised"], stdin=subprocess.PIPE
        )


def check_address(host: str, port: int) -> None:
    """Raises OSError where nobody can listen there, before anything is started."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    socket.create_server((host, port), family=family).close()


def serve(host: str, port: int, worker: bool = True) -> None:
    """Serve until SIGINT or SIGTERM; requests and jobs that run are finished first."""
    settings = current_settings()
    logs.configure(settings.log_level)
    service = open_service(settings)
    beside = WorkerProcess() if worker else None
    over = threading.Event()
    threading.Thread(target=_install_weights, daemon=True).start()
    watch = threading.Thread(target=_watch, args=(service, beside, over), daemon=True)
    watch.start()
    # uvicorn finishes what runs, then raises the signal again: that must not end the process before us.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        uvicorn.run(
            create_app(settings, service=service),
            host=host,
            port=port,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=30,
        )
    finally:
        over.set()
        watch.join()
        if beside is not None:
            beside.stop()
        service.close()


def _install_weights() -> None:
    """Until they are there, /readyz says which weights are missing."""
    try:
        vision.install_weights()
    except vision.WeightsMissing as error:
        log.error("weights_missing", code=error.code)


def _watch(service: Service, beside: WorkerProcess | None, over: threading.Event) -> None:
    while not over.is_set():
        if service.server is not None:
            service.server.revive()
        if beside is not None:
            beside.revive()
        time.sleep(WATCH_SECONDS)
