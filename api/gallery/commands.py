"""What the gallery's commands print, and the progress that they show."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict

from rich.console import Console
from rich.progress import Progress

from api import vision
from api.gallery.reenrol import forget_old, reenrol
from api.gallery.scan import models_of, scan
from api.keys.service import all_sides
from api.service import Service


def scan_all(service: Service, false_match_rate: float | None, *, as_json: bool) -> Iterator[str]:
    """Scan every side of every account, with a progress bar on stderr; a line for each side and model."""
    with service.database.transaction() as session:
        galleries = [(side, model) for side in all_sides(session) for model in models_of(session, side)]
    with Progress(console=Console(stderr=True), transient=True) as bars:
        for side, model in galleries:
            bar = bars.add_task("comparing faces", total=None)
            found = scan(
                service,
                side,
                model,
                lambda done, total, bar=bar: bars.update(bar, completed=done, total=total),  # type: ignore[misc]
                false_match_rate=false_match_rate,
            )
            of = {"account_id": side.account_id, "livemode": side.livemode, "model": model}
            if as_json:
                yield json.dumps({**of, **asdict(found)})
            else:
                yield (
                    f"{side.account_id} {'live' if side.livemode else 'test'}: {found.faces} faces, "
                    f"{found.people} people with several stores, {found.cases} cases opened "
                    f"(false match rate {found.false_match_rate:.2g})"
                )


def reenrol_all(service: Service, *, forget: bool) -> Iterator[str]:
    """Make the templates of the policy's recogniser on every side of every account; a line for each side."""
    policy = service.settings.policy
    model = vision.current_model(policy)
    with service.database.transaction() as session:
        sides = [side for side in all_sides(session) if models_of(session, side)]
    with Progress(console=Console(stderr=True), transient=True) as bars:
        for side in sides:
            bar = bars.add_task("embedding faces", total=None)
            done = reenrol(
                service,
                side,
                model,
                lambda image: vision.embed_selfie(policy, image),
                lambda done, total, bar=bar: bars.update(bar, completed=done, total=total),  # type: ignore[misc]
            )
            line = (
                f"{side.account_id} {'live' if side.livemode else 'test'}: {done.made} new templates, "
                f"{done.impossible} faces whose photo is gone"
            )
            if forget:
                with service.database.transaction() as session:
                    line += f", {forget_old(session, side, model)} old templates deleted"
            yield line
