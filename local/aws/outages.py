"""Regions that are away: none of their endpoints takes a connection."""

import re
from collections import Counter

from local.aws.untyped import Json

# Services without regions, and S3 without one in its name, answer from there.
_HOME = "us-east-1"
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")

_cut: set[str] = set()
_refused: Counter[str] = Counter()


def cut(region: str) -> dict[str, Json]:
    """Refuse every connection to a region from now on, and count from nothing."""
    _cut.add(region)
    _refused.clear()
    return state()


def restore(region: str) -> dict[str, Json]:
    """Let it answer again."""
    _cut.discard(region)
    return state()


def state() -> dict[str, Json]:
    """Which regions are away, and how many connections to each were refused since the last one was cut."""
    return {"cut": sorted(_cut), "refused": dict(_refused)}


def refuses(host: str) -> bool:
    """Whether the region of an endpoint is away; if so, that somebody tried is counted."""
    region = region_of(host)
    if region not in _cut:
        return False
    _refused[region] += 1
    return True


def region_of(host: str) -> str:
    """The region that an endpoint lies in. The last part that names one says it: a bucket's name may too."""
    return next((part for part in reversed(host.lower().split(".")) if _REGION.fullmatch(part)), _HOME)
