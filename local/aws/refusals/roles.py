"""Roles and policies that a service tries when it is given them, and moto does not."""

from local.aws.call import ACCOUNT, Call, backend
from local.aws.errors import AwsError
from local.aws.policies import allows, as_list, matches, principals, role_may, role_trusts, statements
from local.aws.refusals.registry import refuses
from local.aws.untyped import Moto

# What a function does with the ARN of a dead-letter queue or topic, as Lambda's message names it.
_DEAD_LETTERS = {"sqs": ("sqs:SendMessage", "SendMessage on SQS"), "sns": ("sns:Publish", "Publish on SNS")}


@refuses("lambda", "CreateFunction", "UpdateFunctionConfiguration")
def function_role(call: Call) -> None:
    """Lambda can take on the role, which lets it put away what failed.

    The messages are those that the provider waits for: `retryFunctionOp` of its `lambda/function.go`.
    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """
    role = call.params.get("Role") or _function(call).role
    if not role_trusts(role, "lambda.amazonaws.com"):
        message = "The role defined for the function cannot be assumed by Lambda."
        raise AwsError("InvalidParameterValueException", message)
    target = call.params.get("DeadLetterConfig", {}).get("TargetArn")
    if not target:
        return
    action, named = _DEAD_LETTERS[target.split(":")[2]]
    if not role_may(role, action, target):
        message = f"The provided execution role does not have permissions to call {named}"
        raise AwsError("InvalidParameterValueException", message)


@refuses("events", "PutTargets")
def target_role(call: Call) -> None:
    """A bus of another region has a role, and EventBridge can take on that of a target.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-region.html
    The second is what AWS is known to say of a rule's role: https://github.com/Miserlou/Zappa/issues/381
    """
    for target in call.params["Targets"]:
        arn, role = target["Arn"], target.get("RoleArn")
        _, _, service, region, *_ = arn.split(":")
        if role is None and service == "events" and region != call.region:
            raise AwsError("ValidationException", f"RoleArn is required for target {arn}.")
        if role is not None and not role_trusts(role, "events.amazonaws.com"):
            message = f"Provided role '{role}' cannot be assumed by principal 'events.amazonaws.com'."
            raise AwsError("ValidationException", message)


@refuses("rds", "CreateDBInstance", "CreateDBInstanceReadReplica", "ModifyDBInstance")
def monitoring_role(call: Call) -> None:
    """Enhanced Monitoring can take on the role, which lets it write its log.

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Monitoring.OS.Enabling.html
    """
    role = call.params.get("MonitoringRoleArn")
    stream = f"arn:aws:logs:{call.region}:{ACCOUNT}:log-group:RDSOSMetrics:log-stream:db"
    if role and not (
        role_trusts(role, "monitoring.rds.amazonaws.com")
        and role_may(role, "logs:CreateLogStream", stream)
        and role_may(role, "logs:PutLogEvents", stream)
    ):
        message = (
            "IAM role ARN value is invalid or does not include the required permissions for: "
            "ENHANCED_MONITORING"
        )
        raise AwsError("InvalidParameterValue", message)


@refuses("route53", "CreateQueryLoggingConfig")
def query_log_policy(call: Call) -> None:
    """CloudWatch Logs lets Route 53 write into the log group.

    https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateQueryLoggingConfig.html
    """
    group = call.params["CloudWatchLogsLogGroupArn"].removesuffix(":*")
    stream = f"{group}:log-stream:zone"
    policies = backend("logs", group.split(":")[3]).resource_policies.values()
    for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
        if not any(
            allows(statement, action)
            and "route53.amazonaws.com" in principals(statement, "Service")
            and matches(stream, as_list(statement.get("Resource", [])))
            for policy in policies
            for statement in statements(policy.policy_document)
        ):
            message = "The resource policy that Route 53 needs to write query logs is not there or too narrow"
            raise AwsError("InsufficientCloudWatchLogsResourcePolicy", message)


def _function(call: Call) -> Moto:
    return call.backend("lambda").get_function(call.params["FunctionName"])
