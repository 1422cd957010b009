"""Upgrades of RDS for PostgreSQL to another major version.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.PostgreSQL.MajorVersion.Process.html
"""

from local.aws.additions.rds_modifications import major, replicas_of
from local.aws.call import Call
from local.aws.errors import AwsError
from local.aws.refusals.registry import refuses
from local.aws.untyped import Moto

_COMBINATION, _STATE = "InvalidParameterCombination", "InvalidDBInstanceState"


@refuses("rds", "ModifyDBInstance")
def major_upgrade(call: Call) -> None:
    """It goes up, is allowed by name, of a primary, with a parameter group of the new version."""
    instance = call.backend("rds").databases.get(call.params["DBInstanceIdentifier"])
    wanted = call.params.get("EngineVersion")
    if instance is None or wanted is None or instance.engine != "postgres":
        return
    present = instance.engine_version
    if major(wanted) == major(present):
        return
    if int(major(wanted)) < int(major(present)):
        raise AwsError(_COMBINATION, f"Cannot upgrade postgres from {present} to {wanted}")
    # The message is quoted in https://github.com/PublicMapping/districtbuilder/pull/478.
    if not call.params.get("AllowMajorVersionUpgrade"):
        message = "The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version."
        raise AwsError(_COMBINATION, message)
    if instance.is_replica:
        message = f"{instance.db_instance_identifier} is a read replica, which is upgraded with its source"
        raise AwsError(_STATE, message)
    _replicas_elsewhere(instance)
    group = instance.db_parameter_group_name
    if group and not instance.is_default_parameter_group(group) and "DBParameterGroupName" not in call.params:
        message = (
            f"Current Parameter Group ({group}) is non-default. You need to explicitly specify a new "
            "Parameter Group in this case (default or custom)"
        )
        raise AwsError(_COMBINATION, message)


def _replicas_elsewhere(instance: Moto) -> None:
    """RDS upgrades replicas of its region; what becomes of others AWS does not say, so none may be left."""
    elsewhere = [each.db_instance_arn for each in replicas_of(instance) if each.region != instance.region]
    if elsewhere:
        message = f"Read replicas in other regions are not upgraded with their source: {elsewhere}"
        raise AwsError(_STATE, message)
