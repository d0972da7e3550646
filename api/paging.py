"""Lists by cursor: newest first, `starting_after` the last one seen."""

from __future__ import annotations

from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel
from sqlalchemy import Select, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from api.ids import PATTERN
from api.keys.service import Side
from api.schemas import Schema

Item = TypeVar("Item", bound=BaseModel)

Cursor = Annotated[str | None, Query(pattern=PATTERN, description="id of the last object of the page before")]
Limit = Annotated[int, Query(ge=1, le=100, description="objects of a page at most")]


class Page(Schema, Generic[Item]):
    """One page of a list."""

    data: list[Item]
    """Newest first."""
    has_more: bool
    """Whether a page follows: ask with starting_after, the last id of this one."""


def of_side(table: Any, side: Side, **wanted: str | None) -> Select[Any]:
    """The table's rows on this side whose columns have the values wanted, None standing for any."""
    query = select(table).where(table.account_id == side.account_id, table.livemode == side.livemode)
    for column, value in wanted.items():
        if value is not None:
            query = query.where(getattr(table, column) == value)
    return query


def fetch(
    session: Session,
    query: Select[Any],
    key: InstrumentedAttribute[str],
    starting_after: str | None,
    limit: int,
) -> tuple[list[Any], bool]:
    """Rows of one page and whether more follow."""
    if starting_after is not None:
        query = query.where(key < starting_after)
    rows = list(session.scalars(query.order_by(key.desc()).limit(limit + 1)))
    return rows[:limit], len(rows) > limit
