"""/docs: the OpenAPI document as a page, with nothing from other sites: it shares its origin with the console."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response

from api.pages.rendering import PageRoute, render

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@dataclass(frozen=True)
class Operation:
    """What one method of one path takes and gives."""

    method: str
    path: str
    words: str
    scope: str | None
    """Of the key that it needs."""
    parameters: tuple[dict[str, Any], ...]
    sends: str | None
    """Name of the shape of its body."""
    answers: tuple[tuple[str, str | None], ...]
    """Each status of a success, with the name of what comes with it."""


@router.get("/docs")
def reference(request: Request) -> Response:
    """Every operation, and every shape of what is sent and answered."""
    document = request.app.openapi()
    operations = list(_operations(document))
    shapes = document["components"]["schemas"]
    return render(request, "reference.html", operations=operations, shapes=shapes, typed=_typed)


def _operations(document: dict[str, Any]) -> Iterator[Operation]:
    for path, methods in document["paths"].items():
        for method, described in methods.items():
            yield Operation(
                method.upper(),
                path,
                described.get("description", ""),
                next((scope for each in described.get("security", ()) for scope in each["HTTPBearer"]), None),
                tuple(described.get("parameters", ())),
                _typed_content(described.get("requestBody")),
                tuple(
                    (status, _typed_content(answer))
                    for status, answer in described["responses"].items()
                    if status.startswith("2")
                ),
            )


def _typed_content(body: dict[str, Any] | None) -> str | None:
    """The name of the shape in a request's or an answer's body, None where there is none."""
    contents = list((body or {}).get("content", {}).values())
    return _typed(contents[0]["schema"]) if contents and contents[0].get("schema") else None


def _typed(schema: dict[str, Any]) -> str:
    """What a field or parameter holds, in a word or two."""
    schema = schema.get("schema", schema)
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[1]
    if "anyOf" in schema:
        return " or ".join(_typed(each) for each in schema["anyOf"])
    if "enum" in schema or "const" in schema:
        return ", ".join(map(str, schema.get("enum", [schema.get("const")])))
    if schema.get("type") == "array":
        return f"list of {_typed(schema.get('items', {}))}"
    return str(schema.get("format") or schema.get("type", "anything"))
