"""The command line: `verifier check | read | match | pose | attack | models | calibrate`, and the service's commands."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache, partial
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, cast, get_args

import typer
from rich.console import Console
from rich.progress import track

if TYPE_CHECKING:
    from verifier.cli_tables import TableOf

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
models_app = typer.Typer(no_args_is_help=True, help="The networks' weights.")
app.add_typer(models_app, name="models")

out = Console()
err = Console(stderr=True)

Json = Annotated[bool, typer.Option("--json", help="one JSON object a line instead of tables")]
Today = Annotated[
    str | None, typer.Option("--date", metavar="YYYY-MM-DD", help="the day that stands for today")
]
PolicyFile = Annotated[
    Path | None, typer.Option("--policy", help="policy file; the built-in one if left out")
]
Row = dict[str, Any]
T = TypeVar("T")


@dataclass(frozen=True)
class InputError(Exception):
    """What a user gave can't be used: a stable code and a sentence that names the file and the cause."""

    code: str
    message: str


@app.callback()
def program() -> None:
    """Seller identity verification: reads documents, matches faces, checks poses, decides."""


@app.command()
def check(
    card_portrait: Annotated[Path | None, typer.Option(help="photo of the ID card's portrait side")] = None,
    selfie: Annotated[
        list[Path] | None, typer.Option(help="photo of the seller's face, or a video; several: a burst")
    ] = None,
    card_emblem: Annotated[Path | None, typer.Option(help="photo of the ID card's emblem side")] = None,
    licence: Annotated[Path | None, typer.Option(help="photo or PDF of the business licence")] = None,
    pose: Annotated[
        list[Path] | None, typer.Option(help="photo posing as asked, or a video; several: a burst")
    ] = None,
    challenge: Annotated[str | None, typer.Option(help="newspaper, code:123456, ...")] = None,
    today: Today = None,
    policy: PolicyFile = None,
    as_json: Json = False,
    report: Annotated[Path | None, typer.Option(help="write the report page to this HTML file")] = None,
) -> None:
    """Verify a seller: documents, faces, pose; and say why."""
    from verifier.cli_tables import report_table
    from verifier.clip import load_selfie
    from verifier.report_page import write_page
    from verifier.verification import Evidence, verify

    files = {
        "card_portrait": card_portrait,
        "card_emblem": card_emblem,
        "licence": licence,
    }

    def work(_: Row) -> Row:
        if not (card_portrait or licence) or not selfie:
            raise InputError("captures_missing", "give --selfie, and --card-portrait or --licence")
        photos = {kind: _load(path) for kind, path in files.items() if path}
        for kind, paths in (("selfie", selfie), ("pose", pose)):
            if paths:
                taken = load_selfie(*paths)
                photos |= {kind: taken.photo, f"{kind}_clip": taken.clip}
        result = verify(Evidence(**photos, challenge=challenge, today=_day(today)), _policy(policy))
        if report:
            write_page(result, report)
        return result.as_json()

    _each([{}], work, None if as_json else report_table)


@app.command()
def read(
    images: Annotated[list[Path], typer.Argument(help="photos of documents")],
    document_type: Annotated[
        str, typer.Option("--type", help="auto, cn_resident_id, cn_business_licence or mrz")
    ] = "auto",
    today: Today = None,
    as_json: Json = False,
) -> None:
    """Read documents: fields, checks, warnings."""
    from ocr.documents import Asked, read_document
    from verifier.cli_tables import reading_table

    _one_of("--type", document_type, get_args(Asked))
    day = _checked(lambda: _day(today))

    def work(row: Row) -> Row:
        photo = _load(Path(row["image"]))
        return read_document(photo.pixels, document_type=cast("Asked", document_type), today=day).as_json()

    _each(_images(images), work, None if as_json else reading_table)


@app.command()
def match(
    images: Annotated[list[Path] | None, typer.Argument(metavar="[A B]", help="two photos")] = None,
    pairs: Annotated[Path | None, typer.Option(help="CSV file with columns image_a, image_b")] = None,
    root: Annotated[Path, typer.Option(help="folder that the CSV's paths start from")] = Path(),
    policy: PolicyFile = None,
    as_json: Json = False,
) -> None:
    """Compare the faces of two photos, or of each pair of a list."""
    from verifier.cli_tables import match_table
    from verifier.match import match_portraits, portrait

    rows = _checked(lambda: _pairs(images, pairs))
    rules = _checked(lambda: _policy(policy)).match_policy()

    @lru_cache(maxsize=4096)  # lists of pairs name the same image many times
    def person(image: str) -> Any:
        return portrait(_load(root / image).pixels, image, rules)

    def work(row: Row) -> Row:
        return match_portraits(person(row["image_a"]), person(row["image_b"]), rules).as_json()

    _each(rows, work, None if as_json else match_table, names=("image_a", "image_b"))


@app.command()
def calibrate(
    pairs: Annotated[Path, typer.Option(help="CSV file with columns image_a, image_b, same, perhaps group")],
    root: Annotated[Path, typer.Option(help="folder that the CSV's paths start from")] = Path(),
    out_file: Annotated[Path | None, typer.Option("--out", help="write the calibration to this file")] = None,
    policy: PolicyFile = None,
) -> None:
    """Make a calibration of the match from labelled pairs of your own, and show what it says."""
    from verifier.calibration_fit import as_toml, fit
    from verifier.cli_tables import calibration_tables
    from verifier.labelled_pairs import COLUMNS, images_of, labelled_pairs, people_of
    from verifier.match import portrait

    rows = _checked(lambda: _csv(pairs, COLUMNS))
    _checked(lambda: people_of(rows))
    rules = _checked(lambda: _policy(policy)).match_policy()

    def template(image: str) -> Row:
        return {"template": portrait(_load(root / image).pixels, image, rules).template}

    progress = track(images_of(rows), console=err, transient=True, description="faces")
    found = {image: _attempt({}, partial(template, image)).get("template") for image in progress}
    compared, used = labelled_pairs(rows, {image: one for image, one in found.items() if one is not None})
    made = _checked(lambda: fit(compared, f"{pairs.name}: {len(used)} pairs, {rules.embedder}"))
    out.print(f"{len(used)} of {len(rows)} pairs could be compared")
    out.print(calibration_tables(compared, made, [row.get("group") or "" for row in used]))
    if out_file:
        _checked(lambda: out_file.write_text(as_toml(made), encoding="utf-8"))
        out.print(f"written to {out_file}: name it as `calibration` in the policy's section [match]")


@app.command()
def pose(
    images: Annotated[list[Path] | None, typer.Argument(help="photos posing as asked")] = None,
    selfie: Annotated[
        list[Path] | None, typer.Option(help="the person who should be posing; several: a burst")
    ] = None,
    burst: Annotated[bool, typer.Option("--burst", help="the photos are one pose, in order of time")] = False,
    challenge: Annotated[str | None, typer.Option(help="newspaper, code:123456, ...")] = None,
    today: Today = None,
    batch: Annotated[Path | None, typer.Option(help="CSV: image, selfie, date, challenge")] = None,
    root: Annotated[Path, typer.Option(help="folder that the CSV's paths start from")] = Path(),
    policy: PolicyFile = None,
    as_json: Json = False,
) -> None:
    """Check poses: is the newspaper today's, is it the same person, alone."""
    from verifier.cli_tables import pose_table
    from verifier.clip import load_selfie
    from verifier.posing import check_pose_photo

    rules = _checked(lambda: _policy(policy))
    given = {"selfie": selfie, "date": today, "challenge": challenge}
    rows = _checked(lambda: _pose_rows(images, batch, given, together=burst))

    def work(row: Row) -> Row:
        pose = load_selfie(*(root / photo for photo in row["photos"]))
        face = load_selfie(*(root / photo for photo in row["selfie"])).photo if row["selfie"] else None
        day = _day(row["date"])
        return check_pose_photo(pose.photo, face, row["challenge"], day, rules, pose.clip).as_json()

    _each(rows, work, None if as_json else pose_table, names=("image",))


@app.command()
def attack(images: Annotated[list[Path], typer.Argument(help="face photos")], as_json: Json = False) -> None:
    """Score face photos for presentation attacks: 0 live, 1 attack."""
    from verifier.cli_tables import attack_table
    from verifier.posing import score_attack

    def work(row: Row) -> Row:
        return score_attack(_load(Path(row["image"]))).as_json()

    _each(_images(images), work, None if as_json else attack_table)


@models_app.command("install")
def models_install() -> None:
    """Fetch, verify and store all weights that are missing."""
    from models.install import install
    from models.manifest import manifest, models_folder

    installed = _checked(lambda: install(manifest().values()))
    out.print(
        f"{len(installed)} of {len(manifest())} networks installed, the others were there: {models_folder()}"
    )


@models_app.command("list")
def models_list(as_json: Json = False) -> None:
    """The networks: what each does, where its weights come from, under which licence."""
    from models.manifest import manifest
    from verifier.cli_tables import models_table

    specs = list(manifest().values())
    if not as_json:
        out.print(models_table(specs))
        return
    for spec in specs:
        row = {"name": spec.name, "version": spec.version, "installed": spec.path.exists()}
        row |= {"package": spec.package.label, "licence": spec.package.licence, "sha256": spec.sha256}
        sys.stdout.write(json.dumps(row) + "\n")


@models_app.command("check")
def models_check() -> None:
    """Verify the hash of every installed file. Exit code 2 where one is missing or wrong."""
    from models.errors import ModelError
    from models.manifest import manifest
    from models.runtime import verify_file

    wrong = 0
    for spec in manifest().values():
        try:
            verify_file(spec)
        except ModelError as error:
            wrong += 1
            err.print(f"{spec.name}: {error.message}", style="red", markup=False, highlight=False)
    out.print(f"{len(manifest()) - wrong} of {len(manifest())} networks are whole")
    raise typer.Exit(2 if wrong else 0)


def main() -> None:
    """The program `verifier`."""
    for command in entry_points(group="verifier.commands"):
        command.load()(app)
    app()


def _load(path: Path) -> Any:
    from verifier.image import load

    return load(path)


def _policy(path: Path | None) -> Any:
    from verifier.policy import load_policy

    return load_policy(path) if path else load_policy()


def _day(text: str | None) -> date:
    if not text:
        return date.today()
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        raise InputError("invalid_date", f"{text!r} is not a date; write YYYY-MM-DD") from None


def _one_of(option: str, value: str, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise typer.BadParameter(f"{value!r} is none of {', '.join(allowed)}", param_hint=option)


def _images(images: Sequence[Path]) -> list[Row]:
    return [{"image": str(image)} for image in images]


def _pairs(images: list[Path] | None, pairs: Path | None) -> list[Row]:
    if pairs:
        return _csv(pairs, ("image_a", "image_b"))
    if not images or len(images) != 2:
        raise InputError("bad_arguments", "give two photos, or --pairs PAIRS.csv")
    return [{"image_a": str(images[0]), "image_b": str(images[1])}]


def _pose_rows(images: list[Path] | None, batch: Path | None, given: Row, *, together: bool) -> list[Row]:
    """A row for each pose: `photos` of it and of the `selfie`, several where they are a burst."""
    if batch:
        rows = _csv(batch, ("image",))
        known = [{key: row.get(key) or given[key] for key in given} for row in rows]
        return [
            {**own, "image": row["image"], "photos": [row["image"]], "selfie": _paths(own["selfie"])}
            for row, own in zip(rows, known, strict=True)
        ]
    if not images:
        raise InputError("bad_arguments", "give photos, or --batch ROWS.csv")
    poses = [images] if together else [[image] for image in images]
    return [{**given, "image": str(photos[0]), "photos": photos} for photos in poses]


def _paths(given: str | list[Path] | None) -> list[Path]:
    """Those of an option that may be repeated, or the one of a list's column."""
    return [Path(given)] if isinstance(given, str) else given or []


def _csv(path: Path, columns: Sequence[str]) -> list[Row]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            missing = [c for c in columns if c not in (reader.fieldnames or ())]
            if missing:
                raise InputError("bad_csv", f"{path}: there is no column {', '.join(missing)}")
            return list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError("bad_csv", f"{path}: {error}") from error


def _each(
    rows: Sequence[Row], work: Callable[[Row], Row], table: TableOf | None, names: Sequence[str] = ("image",)
) -> None:
    """Does the work for each row in order, prints as it goes, and goes on after a bad one.

    Rows become tables, or JSON lines where `table` is None. Exit code 2 where no input could be used.
    """
    shown: Iterable[Row] = rows
    if len(rows) > 1:
        shown = track(rows, console=err, transient=True, description="working")
    used = 0
    for row in shown:
        result = _attempt({key: row[key] for key in names if key in row}, partial(work, row))
        used += "error" not in result
        if table is None:
            sys.stdout.write(json.dumps(result, ensure_ascii=False) + "\n")
            sys.stdout.flush()
        elif "error" not in result:
            out.print(table(result))
    if rows and not used:
        raise typer.Exit(2)


def _attempt(names: Row, work: Callable[[], Row]) -> Row:
    try:
        return {**names, **work()}
    except Exception as error:  # one bad image must not end a batch
        problem = _problem(error)
        err.print(f"error: {problem['message']}", style="red", markup=False, highlight=False, soft_wrap=True)
        named = getattr(error, "name", None)
        image = {} if "image" in names or not isinstance(named, str) else {"image": named}
        return {**names, **image, "error": problem}


def _problem(error: Exception) -> dict[str, str]:
    if code := getattr(error, "code", None):
        return {"code": str(code), "message": str(getattr(error, "message", error))}
    err.print_exception()
    return {"code": "internal_error", "message": f"{type(error).__name__}: this is a bug; please report it"}


def _checked(work: Callable[[], T]) -> T:
    """Ends the program with code 2 and the reason where the input is bad."""
    try:
        return work()
    except Exception as error:
        problem = _problem(error)
        err.print(f"error: {problem['message']}", style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(2) from error


if __name__ == "__main__":
    main()
