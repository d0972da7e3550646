"""`python -m benchmarks`: generators of test pictures, and measurements of accuracy and speed."""

from __future__ import annotations

import typer

from benchmarks import faces, liveness_attack, ocr
from benchmarks.backgrounds import backgrounds
from benchmarks.console_seed import run as console
from benchmarks.console_shots import console_shots
from benchmarks.console_speed import console_speed
from benchmarks.copies import copies
from benchmarks.demo import demo
from benchmarks.document_alarms import alarms
from benchmarks.gallery import gallery
from benchmarks.generators import commands as generators
from benchmarks.liveness_pose import pose
from benchmarks.morphs import morphs
from benchmarks.service_kills import service_kills
from benchmarks.service_load import service_load
from benchmarks.service_verification import service_verification
from benchmarks.service_years import service_years
from benchmarks.speed import speed

app = typer.Typer(no_args_is_help=True, help=__doc__)
app.add_typer(generators.app, name="generate")
app.add_typer(faces.app, name="faces")
app.add_typer(liveness_attack.app, name="attack")
app.add_typer(ocr.app, name="ocr")
app.command()(pose)
app.command()(alarms)
app.command()(demo)
app.command()(speed)
app.command()(gallery)
app.command()(morphs)
app.command()(copies)
app.command()(backgrounds)
app.command("console")(console)
app.command()(console_speed)
app.command()(console_shots)
app.command()(service_kills)
app.command()(service_load)
app.command()(service_verification)
app.command()(service_years)


@app.callback()
def benchmarks() -> None:
    """Generators of test pictures, and measurements of accuracy and speed."""


if __name__ == "__main__":
    app()
