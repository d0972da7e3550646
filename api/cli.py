"""The service's commands. The command line finds `register` by the entry point group verifier.commands."""

from __future__ import annotations

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the service's commands to the program."""
    app.command()(serve)


def serve(
    host: Annotated[str, typer.Option(help="address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="port to listen on")] = 8000,
    worker: Annotated[bool, typer.Option(help="also run a worker on this machine")] = True,
) -> None:
    """Run the service: HTTP, database and worker."""
    from api.serve import serve as run

    run(host, port, worker)
