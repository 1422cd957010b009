"""RDS: changes of an instance that others take part in: of its name, and to another major version."""

from collections.abc import Callable, Iterator
from typing import Any

from moto.rds.models import RDSBackend

from local.aws.additions.patching import wrap
from local.aws.errors import AwsError
from local.aws.untyped import Moto


@wrap(RDSBackend, "modify_db_instance", digest="0b803596")
def modify_db_instance(
    original: Callable[..., Moto], self: Moto, db_instance_identifier: str, db_kwargs: dict[str, Any]
) -> Moto:
    """Replicas go on following an instance with another name, and are upgraded with it in the same region.

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.PostgreSQL.MajorVersion.html
    """
    name = db_kwargs.get("new_db_instance_identifier")
    if name and name in self.databases:
        raise AwsError("DBInstanceAlreadyExists", "DB instance already exists")
    instance = self.find_db_from_id(db_instance_identifier)
    before, names = instance.engine_version, (instance.db_instance_identifier, instance.db_instance_arn)
    modified = original(self, db_instance_identifier, db_kwargs)
    if name and modified.is_replica:
        source = self.find_db_from_id(modified.source_db_instance_identifier)
        now = (name, modified.db_instance_arn)
        source.replicas = [dict(zip(names, now, strict=True)).get(each, each) for each in source.replicas]
    for replica in replicas_of(modified):
        same_region = replica.region == modified.region
        if name:
            replica.source_db_instance_identifier = name if same_region else modified.db_instance_arn
        if same_region and major(modified.engine_version) != major(before):
            replica.engine_version = modified.engine_version
            # Which one RDS takes is not documented; that of the former version it cannot be.
            replica.db_parameter_group_name = None
            replica.option_group_name = modified.option_group_name
    if major(modified.engine_version) != major(before):
        modified.option_group_name = f"default:postgres-{major(modified.engine_version)}"
    return modified


def replicas_of(instance: Moto) -> Iterator[Moto]:
    """The instances that follow one, in any region."""
    return (instance.backend.find_db_from_id(each) for each in instance.replicas)


def major(version: str) -> str:
    """The major version of PostgreSQL in a version such as 17.7."""
    return version.partition(".")[0]
