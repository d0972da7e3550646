"""The service's commands. The command line finds `register` by the entry point group verifier.commands."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from api.keys.service import OPERATOR, Scope

db = typer.Typer(no_args_is_help=True, help="The service's database.")
admin = typer.Typer(no_args_is_help=True, help="Keys of the service.")
jobs = typer.Typer(no_args_is_help=True, help="Jobs that failed for good.")
audit = typer.Typer(no_args_is_help=True, help="The audit trail.")
gallery = typer.Typer(no_args_is_help=True, help="The faces of all sellers.")


def register(app: typer.Typer) -> None:
    """Add the service's commands to the program."""
    app.command()(serve)
    app.command()(worker)
    groups = {"db": db, "admin": admin, "jobs": jobs, "audit": audit, "gallery": gallery}
    for name, group in groups.items():
        app.add_typer(group, name=name)


def serve(
    host: Annotated[str, typer.Option(help="address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="port to listen on", min=0, max=65535)] = 8000,
    worker: Annotated[bool, typer.Option(help="also run a worker on this machine")] = True,
) -> None:
    """Run the service: HTTP, database and worker."""
    from api.serve import check_address
    from api.serve import serve as run

    try:
        check_address(host, port)
    except OSError as error:
        typer.echo(f"can't listen on {host}, port {port}: {error.strerror}", err=True)
        raise typer.Exit(2) from error
    run(host, port, worker)


def worker(
    supervised: Annotated[bool, typer.Option(help="end when standard input closes")] = False,
) -> None:
    """Run a worker: verifications, webhooks, the schedule."""
    from api import logs, vision
    from api.gallery.reenrol import warn_of_left_behind
    from api.service import open_service
    from api.settings import current_settings
    from api.worker import run

    settings = current_settings()
    logs.configure(settings.log_level)
    service = open_service(settings)
    warn_of_left_behind(service, vision.current_model(settings.policy))
    run(service, vision.core(settings.policy), supervised=supervised)
    service.close()


@db.command()
def upgrade() -> None:
    """Bring the database's tables to this version; makes the embedded database where there is none."""
    from api.service import open_service
    from api.settings import current_settings

    open_service(current_settings()).close()
    typer.echo("the database is up to date")


@admin.command()
def create_key(
    scope: Annotated[str, typer.Option(help="admin, verify, review or read")],
    test: Annotated[bool, typer.Option(help="a key of the test side")] = False,
    account: Annotated[str, typer.Option(help="the marketplace that the key is for")] = OPERATOR,
) -> None:
    """Make an API key and print it, alone: it can't be shown again."""
    from api.keys.commands import create
    from api.keys.service import SCOPES
    from api.service import open_service
    from api.settings import current_settings

    if scope not in SCOPES:
        raise typer.BadParameter(f"one of {', '.join(SCOPES)}", param_hint="--scope")
    known: Scope = scope
    service = open_service(current_settings())
    secret = create(service, known, test=test, account=account)
    service.close()
    typer.echo(secret)


@admin.command()
def list_keys() -> None:
    """All API keys: id (as the audit trail names it), account, side, scope, made, and whether it is valid."""
    from api.keys.commands import listed
    from api.service import open_service
    from api.settings import current_settings

    service = open_service(current_settings())
    for line in listed(service):
        typer.echo(line)
    service.close()


@admin.command()
def revoke_key(key: Annotated[str, typer.Argument(help="the key's id, or the key itself")]) -> None:
    """Make an API key worthless at once, in all processes."""
    from api.keys.commands import revoke
    from api.service import open_service
    from api.settings import current_settings

    service = open_service(current_settings())
    found = revoke(service, key)
    service.close()
    if not found:
        typer.echo("there is no such valid key", err=True)
        raise typer.Exit(2)


@admin.command()
def create_agent(
    login: Annotated[str, typer.Option(help="name to sign in with, such as li.na")],
    role: Annotated[str, typer.Option(help="agent, supervisor or admin")] = "agent",
    test: Annotated[bool, typer.Option(help="sees the test side")] = False,
    account: Annotated[str, typer.Option(help="the marketplace whose cases the agent sees")] = OPERATOR,
) -> None:
    """Make an agent of the console; prints password and one-time code secret, which can't be shown again."""
    from api.console import agents
    from api.problems import Problem
    from api.service import open_service
    from api.settings import current_settings

    if role not in agents.ROLES:
        raise typer.BadParameter(f"one of {', '.join(agents.ROLES)}", param_hint="--role")
    if not re.fullmatch(r"[a-z0-9][a-z0-9._@-]{1,59}", login):
        raise typer.BadParameter("small letters, figures and . _ @ -", param_hint="--login")
    known: agents.Role = role
    service = open_service(current_settings())
    try:
        with service.database.transaction() as session:
            made = agents.create(service, session, login, known, test=test, account=account)
    except Problem as problem:
        typer.echo(problem.detail, err=True)
        raise typer.Exit(2) from problem
    finally:
        service.close()
    typer.echo(
        f"password     {made.password}\nTOTP secret  {made.totp_secret}\naddress      {made.totp_address}"
    )


@admin.command()
def rotate_master_key() -> None:
    """Make a new master key, wrap every data key with it, and forget the old one."""
    from api.privacy.rotation import rotate
    from api.service import open_service
    from api.settings import current_settings

    service = open_service(current_settings())
    count = rotate(service)
    service.close()
    typer.echo(f"{count} data keys wrapped anew; restart the service's other processes")


@jobs.command("list")
def list_jobs() -> None:
    """Jobs that failed for good: number, task, arguments, attempts."""
    from api.failed_jobs import failed
    from api.service import open_service
    from api.settings import current_settings

    service = open_service(current_settings())
    for job in failed(service):
        typer.echo(f"{job.number}\t{job.task}\t{job.arguments}\t{job.attempts}")
    service.close()


@jobs.command()
def replay(number: int) -> None:
    """Put a failed job back in the queue."""
    from api.failed_jobs import put_back
    from api.service import open_service
    from api.settings import current_settings

    service = open_service(current_settings())
    found = put_back(service, number)
    service.close()
    if not found:
        typer.echo(f"there is no failed job {number}", err=True)
        raise typer.Exit(2)


@audit.command()
def verify() -> None:
    """Prove that no entry of the audit trail was changed, taken out or cut off. Exit code 1 where one was."""
    from api.audit.anchors import first_lost, heads
    from api.audit.service import first_broken
    from api.service import open_service
    from api.settings import current_settings

    service = open_service(current_settings())
    with service.database.transaction() as session:
        broken, lost = first_broken(session), first_lost(service, session)
    known = sum(1 for _ in heads(service))
    service.close()
    if broken is not None:
        typer.echo(f"the chain breaks at entry {broken}", err=True)
        raise typer.Exit(1)
    if lost is not None:
        typer.echo(f"entry {lost}, once the head, is gone or was written anew", err=True)
        raise typer.Exit(1)
    typer.echo(f"the chain is whole and holds all {known} heads that were written down")


@gallery.command()
def reenrol(
    forget_old: Annotated[
        bool, typer.Option("--forget-old", help="then delete the templates that were replaced")
    ] = False,
) -> None:
    """Make the present recogniser's templates of all enrolled faces; the old ones stay beside them."""
    from api.gallery.commands import reenrol_all
    from api.service import open_service
    from api.settings import current_settings

    service = open_service(current_settings())
    try:
        for line in reenrol_all(service, forget=forget_old):
            typer.echo(line)
    finally:
        service.close()


@gallery.command()
def scan(
    false_match_rate: Annotated[
        float | None, typer.Option(help="of two strangers; policy's, by the gallery's size, if left out")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object for each side")] = False,
) -> None:
    """Find people with several stores among all sellers, and open cases. Run again after a kill, it goes on."""
    from api.gallery.commands import scan_all
    from api.gallery.scan import ScanRunning
    from api.service import open_service
    from api.settings import current_settings

    if false_match_rate is not None and not 0 < false_match_rate < 1:
        raise typer.BadParameter("between 0 and 1", param_hint="--false-match-rate")
    service = open_service(current_settings())
    try:
        for line in scan_all(service, false_match_rate, as_json=as_json):
            typer.echo(line)
    except ScanRunning:
        typer.echo("another process scans the gallery", err=True)
        raise typer.Exit(2) from None
    finally:
        service.close()
