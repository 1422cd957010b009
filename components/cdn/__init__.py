"""Content delivery of APKs and static assets."""

from components.cdn.distribution import Cdn, CdnArgs
from components.cdn.logs import CdnLogs, CdnLogsArgs
from components.cdn.origins import BucketOrigin, Content

__all__ = ["BucketOrigin", "Cdn", "CdnArgs", "CdnLogs", "CdnLogsArgs", "Content"]
