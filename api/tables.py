"""All tables, imported in one place so that migrations see every one."""

from __future__ import annotations

from api.audit import tables as audit
from api.capture import tables as capture
from api.console import tables as console
from api.database import Base
from api.gallery import tables as gallery
from api.keys import tables as keys
from api.sellers import tables as sellers
from api.signals import tables as signals
from api.verifications import tables as verifications
from api.webhooks import tables as webhooks

__all__ = [
    "Base",
    "audit",
    "capture",
    "console",
    "gallery",
    "keys",
    "sellers",
    "signals",
    "verifications",
    "webhooks",
]
