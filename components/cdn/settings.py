"""Settings of the CDN."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from ..field_types import Distinct, HostLabel, PathPattern
from ..problems import Problem
from ..section import Section, check


class CdnSettings(Section):
    """Requirements: mpac-app-apk, mpac-static-assets."""

    host: HostLabel = "cdn"
    """the first label of the host name at which it is reached"""
    immutable_paths: Annotated[tuple[PathPattern, ...], Distinct, Field(max_length=20)] = ("/assets/*",)
    """patterns, up to 20, of paths of static assets whose name changes with their content, each once"""


@check
def immutable_paths_leave_others_alone(cdn: CdnSettings) -> Iterator[Problem]:
    """What clients keep for a year must not be the page that names the files, nor an APK."""
    for path in filter(None, cdn.immutable_paths):  # None stands for an invalid one
        if path == "/*" or path.startswith("/apk"):
            yield Problem(
                key="immutablePaths",
                value=path,
                rule="takes in files that keep their name when they change",
                remedy="give the directories with hashed names only, such as /assets/*",
            )
