"""Settings of KMS keys."""

from typing import Annotated

from pydantic import Field

from ..field_types import Distinct, one_of
from ..regions import GLOBAL_REGION, ZONES
from ..section import Section


class EncryptionSettings(Section):
    """Customer-managed keys."""

    deletion_window_days: Annotated[int, Field(ge=7, le=30)] = 30
    """days from 7 to 30 in which the deletion of a key can be taken back"""
    log_replica_regions: Annotated[tuple[Annotated[str, one_of((*ZONES, GLOBAL_REGION))], ...], Distinct] = ()
    """further regions where logs are encrypted, each once"""
