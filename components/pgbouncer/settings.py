"""Settings of PgBouncer and of the task that prepares the database."""

from typing import Annotated

from pydantic import Field

from ..compute.settings import Program
from ..field_types import FargateCpu, ImageReference, MemoryMib


class PgBouncerSettings(Program):
    """Requirements: Connection Pooling. It has one thread: more than 1024 CPU units are of no use to it."""

    image: ImageReference = "edoburu/pgbouncer:v1.25.2-p0"
    cpu: FargateCpu = 1024
    memory_mib: MemoryMib = 2048
    tools_image: ImageReference = "postgres:17.6"
    """an image with psql and OpenSSL, with a tag other than latest, or with a sha256:... digest"""
    tasks: Annotated[int, Field(ge=1, le=100)] = 3
    """tasks from 1 to 100, each with pools of its own"""
    max_client_connections: Annotated[int, Field(ge=100, le=60000)] = 10000
    """clients of a task, from 100 to 60000, for which Fargate has descriptors"""
    default_pool_size: Annotated[int, Field(ge=1, le=1000)] = 25
    """connections from 1 to 1000 to the database of a task, for each role and database"""
    milliseconds_per_request: Annotated[float, Field(gt=0, le=10000)] = 3
    """milliseconds for which a request holds a connection, all its transactions together, above 0 to 10000;
    an assumption without a source, to be set from what PgBouncer logs (`xact`)"""
    max_prepared_statements: Annotated[int, Field(ge=1, le=10000)] = 200
    """statements from 1 to 10000 that a task keeps prepared for each connection"""
