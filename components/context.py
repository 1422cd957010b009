"""Who and where: what every component of a stack is made with, and how everything in AWS is named."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

import pulumi

_PART = re.compile(r"[a-z][a-z0-9]{0,9}")


class DataClass(StrEnum):
    """What a key protects; also the last part of its alias."""

    DATABASE = "database"
    CACHE = "cache"
    FILES = "files"
    SECRETS = "secrets"
    LOGS = "logs"
    BACKUPS = "backups"
    REGISTRY = "registry"


@dataclass(frozen=True, kw_only=True)
class Standby:
    """The region that stands by, where copies of keys, secrets, backups and objects are.

    Attributes:
        region: The region.
        key_arns: KMS key there of each class of data.
        alarm_topic_arn: SNS topic there.
    """

    region: str
    key_arns: Mapping[DataClass, pulumi.Input[str]]
    alarm_topic_arn: pulumi.Input[str] | None = None


@dataclass(frozen=True, kw_only=True)
class Context:
    """Who and where.

    Attributes:
        prefix: Begins every name in AWS, and is that of the database: 1 to 10 lower-case letters and digits,
            the first a letter.
        environment: Comes after it: as long, and written alike.
        account_id: The AWS account.
        region: The region of the provider.
        protect: Whether Pulumi and AWS refuse to delete what holds data.
        key_arns: KMS key of each class of data; where there is none, AWS's own key encrypts.
        alarm_topic_arn: SNS topic of alarms; None for alarms that notify nobody.
        standby: The region that stands by for this one; None for none.
    """

    prefix: str
    environment: str
    account_id: str
    region: str
    protect: bool = True
    key_arns: Mapping[DataClass, pulumi.Input[str]] = field(default_factory=dict)
    alarm_topic_arn: pulumi.Input[str] | None = None
    standby: Standby | None = None

    def __post_init__(self) -> None:
        """Refuse what names in AWS cannot be made of."""
        for part in (self.prefix, self.environment):
            if not _PART.fullmatch(part):
                raise ValueError(
                    f"{part!r} begins no name in AWS: write 1 to 10 lower-case letters and digits, the first "
                    "a letter."
                )

    def name(self, resource: str) -> str:
        """Name something in AWS after the resource: `mpac-prod-database`."""
        return f"{self.prefix}-{self.environment}-{resource}"

    def path(self, resource: str) -> str:
        """Name a secret or, after a slash, a log group after the resource: `mpac/prod/database`."""
        return f"{self.prefix}/{self.environment}/{resource}"

    def key_arn(self, data_class: DataClass) -> pulumi.Input[str] | None:
        """The KMS key of a class of data; None for AWS's own."""
        return self.key_arns.get(data_class)

    @property
    def title(self) -> str:
        """The stack in descriptions: `mpac prod`."""
        return f"{self.prefix} {self.environment}"

    def in_standby(self) -> "Context":
        """The same in the region that stands by: with its keys and its topic.

        Raises:
            ValueError: None stands by.
        """
        if self.standby is None:
            raise ValueError("No region stands by for this one.")
        standby = self.standby
        return replace(
            self,
            region=standby.region,
            key_arns=standby.key_arns,
            alarm_topic_arn=standby.alarm_topic_arn,
            standby=None,
        )
