"""Everything that was created in the local AWS and still exists.

A walk over all of moto's state, so that nothing can hide: every backend of the account, every collection
in it, down to the first object. What a new backend already holds, such as default VPCs and managed policies,
is not counted.
"""

from collections.abc import Iterator, Mapping

from moto.core.base_backend import AccountSpecificBackend, BackendDict
from moto.core.common_models import BaseModel

from local.aws.call import ACCOUNT
from local.aws.routing import service_name_of
from local.aws.untyped import Moto

_Key = tuple[str, str]  # kind, id
# moto keeps these and describes them as AWS does for an hour.
_GONE = ("deleted", "rejected", "failed")
# Bookkeeping of moto that is no resource: backend attribute -> why.
NO_RESOURCES: dict[tuple[str, str], str] = {}

_baselines: dict[int, frozenset[_Key]] = {}


def remember_defaults() -> None:
    """Note what every backend holds when moto creates it, at the first call for its service and region."""
    create = AccountSpecificBackend.__getitem__

    def getitem(self: Moto, region: str) -> Moto:
        backend = create(self, region)
        if id(backend) not in _baselines:
            _baselines[id(backend)] = frozenset(_entries(self.service_name, backend))
        return backend

    AccountSpecificBackend.__getitem__ = getitem  # type: ignore[method-assign]


def inventory() -> list[dict[str, str]]:
    """What exists, sorted: ``service``, ``region``, ``kind``, ``id``, and ``state`` of keys pending deletion.

    Keys are never deleted at once; ``state`` is ``PendingDeletion`` while they wait.
    """
    found = []
    instances: list[Moto] = BackendDict._instances  # type: ignore[misc] # noqa: SLF001
    for backends in instances:
        for region, backend in backends[ACCOUNT].items():
            baseline = _baselines.get(id(backend), frozenset())
            for (kind, name), state in _entries(backends.service_name, backend).items():
                if (kind, name) not in baseline:
                    entry = {
                        "service": service_name_of(backends.service_name),
                        "region": region,
                        "kind": kind,
                        "id": name,
                    }
                    found.append(entry | ({"state": state} if state else {}))
    return sorted(found, key=lambda entry: (entry["service"], entry["region"], entry["kind"], entry["id"]))


def _entries(service: str, backend: object) -> dict[_Key, str]:
    """Kind and id of all that a backend holds; the same object under two keys counts once."""
    entries: dict[_Key, str] = {}
    seen: set[int] = set()
    for attribute, value in vars(backend).items():
        if (service, attribute) in NO_RESOURCES:
            continue
        for name, item in _leaves(value, ""):
            if isinstance(item, BaseModel):
                if id(item) not in seen and not _gone(item):
                    seen.add(id(item))
                    pending = str(getattr(item, "key_state", "")).startswith("Pending")
                    entries[(getattr(item, "kind", type(item).__name__), name)] = (
                        "PendingDeletion" if pending else ""
                    )
            elif isinstance(value, Mapping | set | list | tuple):
                entries[(attribute, name)] = ""
    return entries


def _gone(item: object) -> bool:
    status = getattr(item, "_status", None)
    state = getattr(status, "code", getattr(item, "state", None))
    return state in _GONE or getattr(item, "status", None) == "INACTIVE"  # of ECS


def _leaves(value: object, path: str) -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping) and not isinstance(value, BaseModel):
        for key, item in list(value.items()):
            yield from _leaves(item, f"{path}/{key}".lstrip("/"))
    elif isinstance(value, list | set | tuple):
        for index, item in enumerate(list(value)):
            yield from _leaves(item, f"{path}/{item if isinstance(item, str) else index}".lstrip("/"))
    else:
        yield path, value
