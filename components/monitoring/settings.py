"""Settings of alarms."""

from typing import Annotated

from pydantic import Field

from ..field_types import Distinct
from ..section import Section

Email = Annotated[str, Field(pattern=r"^[\w.+-]+@[\w-]+(\.[\w-]+)+$")]


class AlarmSettings(Section):
    """Who is notified when something is wrong."""

    emails: Annotated[tuple[Email, ...], Distinct] = ()
    """e-mail addresses, each once; AWS asks each for its consent"""
