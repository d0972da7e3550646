"""`python -m api`: the service's commands alone."""

from __future__ import annotations

import typer

from api.cli import register

program = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)
register(program)


@program.callback()
def main() -> None:
    """Seller identity verification: the service."""


if __name__ == "__main__":
    program()
