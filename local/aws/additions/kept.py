"""State of additions: kept on moto's backends, so that the inventory sees it and it dies with them."""

import secrets

from moto.core.common_models import BaseModel

from local.aws.call import Call
from local.aws.errors import AwsError
from local.aws.untyped import Json


class Kept(BaseModel):
    """A resource that moto does not know.

    Args:
        kind: its name in the inventory.
        document: what it was made of; read back as it is.
    """

    def __init__(self, kind: str, document: Json) -> None:
        self.kind = kind
        self.document = document
        self.etag = secrets.token_hex(7).upper()


def kept(call: Call, package: str, collection: str) -> dict[str, Kept]:
    """The resources of a collection in the call's region, by id."""
    backend, name = call.backend(package), f"added_{collection}"
    if not hasattr(backend, name):
        setattr(backend, name, {})
    resources: dict[str, Kept] = getattr(backend, name)
    return resources


def find(resources: dict[str, Kept], name: str, code: str, status: int = 404) -> Kept:
    """A resource by its id.

    Raises:
        AwsError: with ``code``, when there is none.
    """
    if name not in resources:
        raise AwsError(code, f"{name} does not exist", status)
    return resources[name]
