"""RDS: parameter groups, which have a value of RDS's for what nobody has set."""

from collections.abc import Callable, Iterable
from typing import Any

from moto.rds.models import DBParameterGroup
from moto.rds.responses import RDSResponse

from local.aws.additions.operations import answers
from local.aws.additions.patching import wrap
from local.aws.call import Call
from local.aws.errors import AwsError
from local.aws.untyped import Moto

# What RDS gives PostgreSQL from version 15 on, of the parameters that people change:
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.PostgreSQL.CommonDBATasks.Parameters.html
DEFAULTS = {
    "hot_standby_feedback": "0",
    "idle_in_transaction_session_timeout": "86400000",
    "log_autovacuum_min_duration": "10000",
    "max_connections": "LEAST({DBInstanceClassMemory/9531392},5000)",
    "password_encryption": "scram-sha-256",
    "rds.accepted_password_auth_method": "md5+scram",
    "rds.force_ssl": "1",
    "shared_preload_libraries": "pg_stat_statements",
}


@wrap(DBParameterGroup, "update_parameters", digest="85e13176")
def update_parameters(
    original: Callable[..., None], self: Moto, new_parameters: Iterable[dict[str, Any]]
) -> None:
    """A parameter that has this value already stays as it is, method and all.

    "If only the apply method of a parameter is changing, the AWS API will not register this change":
    https://github.com/hashicorp/terraform-provider-aws/pull/24737
    """

    def value(name: str) -> str | None:
        own: str | None = self.parameters[name]["ParameterValue"] if name in self.parameters else None
        return own if own is not None else DEFAULTS.get(name)

    original(
        self, [each for each in new_parameters if each["ParameterValue"] != value(each["ParameterName"])]
    )


@answers("rds", "DescribeDBParameters", RDSResponse, method="describe_db_parameters", digest="996200ae")
def describe_parameters(call: Call) -> dict[str, Any]:
    """What was modified, with its source, by which clients tell it from thousands of defaults."""
    modified = group_of(call).parameters
    user = [parameter | {"Source": "user"} for parameter in modified.values()]
    defaults = [
        {
            "ParameterName": name,
            "ParameterValue": value,
            "Source": "system",
            # https://github.com/hashicorp/terraform-provider-aws/issues/39252
            "ApplyMethod": "pending-reboot",
        }
        for name, value in DEFAULTS.items()
        if name not in modified
    ]
    wanted = call.params.get("Source")
    return {"Parameters": [each for each in user + defaults if wanted in (None, each["Source"])]}


@answers("rds", "ResetDBParameterGroup", RDSResponse)
def reset_parameters(call: Call) -> dict[str, Any]:
    """Back to the defaults."""
    group = group_of(call)
    names = [parameter["ParameterName"] for parameter in call.params.get("Parameters", [])]
    for name in list(group.parameters) if call.params.get("ResetAllParameters") else names:
        group.parameters.pop(name, None)
    return {"DBParameterGroupName": group.name}


def group_of(call: Call) -> Moto:
    """The parameter group that a call names."""
    name = call.params["DBParameterGroupName"]
    group = call.backend("rds").db_parameter_groups.get(name)
    if group is None:
        raise AwsError("DBParameterGroupNotFound", f"DBParameterGroup not found: {name}", status=404)
    return group
