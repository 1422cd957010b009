"""What a stack hands over to the one that stands by for it, as the stack output `contract`.

It carries names and figures, never a secret: whoever may read the standby's state may read it.
"""

from typing import Final

from pydantic import ConfigDict

from components.field_types import AccountId, Cidr, EnvironmentName, Region
from components.problems import Problem, SettingsError
from components.section import Section
from settings.validation import validate

CONTRACT_VERSION: Final = 1


class ContractSection(Section):
    """A part of the contract. Not strict: whole numbers in a stack output arrive as 1.0.

    Ids and ARNs are taken as they are, for in a plan they are not known yet.
    """

    model_config = ConfigDict(strict=False)


class PeerNetwork(ContractSection):
    """The network to connect with."""

    vpc_id: str
    """id of the VPC"""
    cidr: Cidr
    """range of the VPC"""
    route_table_ids: dict[str, str]
    """ids of every private and database route table, by a name that stays the same"""


class ReplicaKeys(ContractSection):
    """ARNs of the primary stack's keys in the replica region, by class of data."""

    database: str
    cache: str
    files: str
    secrets: str
    logs: str
    backups: str
    registry: str


class BucketPair(ContractSection):
    """A bucket and its replica."""

    name: str
    arn: str
    replica_name: str
    replica_arn: str


class ReplicatedBuckets(ContractSection):
    """The primary stack's buckets that are replicated both ways."""

    app_apk: BucketPair
    receipts: BucketPair
    settlements: BucketPair
    static_assets: BucketPair


class PrimaryDatabase(ContractSection):
    """The database to follow."""

    arn: str
    """ARN of the primary instance"""
    secret_arn: str
    """ARN of the copy of its master password in the replica region"""
    role_secret_arns: dict[str, str]
    """ARN of the copy of each role's password in the replica region"""
    version: str
    """major version of PostgreSQL"""
    max_connections: int
    """connections that it takes; a replica that takes fewer stops replaying"""
    max_allocated_storage_gib: int
    """GiB that its storage may grow to; a replica that is full stops replaying"""


class ReplicatedRepository(ContractSection):
    """The copy of a repository of images in the replica region."""

    arn: str
    url: str
    """what goes before the tag of an image"""


class PrimaryZone(ContractSection):
    """The zone that the names of both regions are in."""

    domain: str
    """the domain"""
    zone_id: str
    """id of the zone"""


class Contract(ContractSection):
    """What `prod` exports and `dr` reads."""

    version: int
    """`CONTRACT_VERSION` of the program that deployed the stack"""
    environment: EnvironmentName
    account_id: AccountId
    region: Region
    replica_region: Region
    network: PeerNetwork
    keys: ReplicaKeys
    buckets: ReplicatedBuckets
    database: PrimaryDatabase
    repositories: dict[str, ReplicatedRepository]
    dns: PrimaryZone
    maintenance_windows: list[str]
    """windows of the week in which AWS may restart databases and caches"""

    @classmethod
    def parse(cls, raw: object, source: str) -> "Contract":
        """Read a contract.

        Args:
            raw: The stack output; None where there is none.
            source: Full name of the stack that it comes from.

        Returns:
            The contract.

        Raises:
            SettingsError: There is none, it is of another version, or it is not whole; with all problems.
        """
        problems = cls._unfit(raw, source)
        if not problems:
            contract, invalid = validate(cls, raw, f"{source}:contract")
            remedy = f"deploy {source} again with this version of the program, then this stack"
            problems = [Problem(key=p.key, value=p.value, rule=p.rule, remedy=remedy) for p in invalid]
        if problems:
            raise SettingsError(f"Contract of stack {source}", problems)
        return contract

    @staticmethod
    def _unfit(raw: object, source: str) -> list[Problem]:
        key = f"{source}:contract"
        if raw is None:
            return [
                Problem(
                    key=key,
                    rule="is missing: the stack is not deployed, or by a program that exports none",
                    remedy=f"deploy it first (pulumi up --stack {source}), "
                    "or correct mpac:primaryStack.stack",
                )
            ]
        version = raw.get("version") if isinstance(raw, dict) else None
        if not isinstance(version, (int, float)) or version == CONTRACT_VERSION:
            return []
        if version < CONTRACT_VERSION:
            remedy = f"deploy {source} with this version of the program first, then this stack"
        else:
            remedy = f"deploy this stack with the program that deployed {source}, or a newer one"
        rule = f"must be {CONTRACT_VERSION}, the version that this program reads"
        return [Problem(key=f"{key}.version", value=version, rule=rule, remedy=remedy)]
