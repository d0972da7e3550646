"""Structured logs: one JSON object a line, ids and codes only, never what a document says."""

from __future__ import annotations

import logging
import sys

import structlog


def configure(level: str) -> None:
    """Send the service's own log and the libraries' warnings to stderr as JSON lines.

    Libraries are held at warning: their lower levels print arguments, which may be personal.
    """
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s", force=True)
