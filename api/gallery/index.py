"""An index for galleries that are too large to be searched face by face."""

from __future__ import annotations

import re

from sqlalchemy import func, select, text

from api.gallery.tables import EnrolledFace
from api.service import Service

BUILD_MEMORY = "1GB"
"""Of the server, while it builds: a graph that does not fit is built many times slower."""


def build(service: Service, model: str) -> bool:
    """Build an HNSW index (Malkov and Yashunin, 2018) of the model's templates while the service runs.

    False where no face of the model is enrolled. Searches use it by themselves; a few in a hundred then miss the
    candidate that an exact search finds. One that was begun and cut off is built anew.
    """
    with service.database.transaction() as session:
        length = session.scalar(
            select(func.vector_dims(EnrolledFace.template)).where(EnrolledFace.model == model).limit(1)
        )
    if length is None:
        return False
    name = "nearest_" + re.sub(r"[^a-z0-9]", "_", model.lower())
    quoted = model.replace("'", "''")
    with service.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"SET maintenance_work_mem = '{BUILD_MEMORY}'"))
        connection.execute(text(f'DROP INDEX CONCURRENTLY IF EXISTS "{name}"'))
        connection.execute(
            text(
                f'CREATE INDEX CONCURRENTLY "{name}" ON enrolled_faces '
                f"USING hnsw ((template::halfvec({int(length)})) halfvec_ip_ops) WHERE model = '{quoted}'"
            )
        )
        connection.execute(text("RESET maintenance_work_mem"))
    return True
