"""What Elastic Load Balancing refuses of a listener or its rules, and moto accepts."""

from typing import Any

from local.aws.call import Call, backend
from local.aws.errors import AwsError
from local.aws.refusals.certificates import issued
from local.aws.refusals.registry import refuses

_ENCRYPTED = ("HTTPS", "TLS")
_VALUES_PER_RULE = 5
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
TLS_POLICIES = {
    *(f"ELBSecurityPolicy-TLS13-1-{rest}-2021-06" for rest in ("0", "1", "2", "3")),
    *(f"ELBSecurityPolicy-TLS13-1-2-{rest}-2021-06" for rest in ("Res", "Ext1", "Ext2")),
    *(
        f"ELBSecurityPolicy-TLS13-1-{rest}-PQ-2025-09"
        for rest in ("0", "2", "2-Res", "2-Ext1", "2-Ext2", "3")
    ),
    *(f"ELBSecurityPolicy-TLS13-1-{rest}-FIPS-2023-04" for rest in ("0", "1", "2", "2-Res", "3")),
    *(f"ELBSecurityPolicy-TLS-1-{rest}" for rest in ("1-2017-01", "2-2017-01", "2-Ext-2018-06")),
    *(
        f"ELBSecurityPolicy-FS-{rest}"
        for rest in ("2018-06", "1-1-2019-08", "1-2-2019-08", "1-2-Res-2019-08")
    ),
    *(f"ELBSecurityPolicy-FS-1-2-Res-{rest}" for rest in ("2019-08", "2020-10")),
    "ELBSecurityPolicy-2016-08",
    "ELBSecurityPolicy-TLS-1-0-2015-04",
}


@refuses("elbv2", "CreateListener", "ModifyListener")
def certificates(call: Call) -> None:
    """An encrypted listener has an issued certificate of its region."""
    arns = [each["CertificateArn"] for each in call.params.get("Certificates", [])]
    if call.operation == "CreateListener" and call.params.get("Protocol") in _ENCRYPTED and not arns:
        message = f"A certificate must be specified for {call.params['Protocol']} listeners"
        raise AwsError("ValidationError", message)
    for arn in arns:
        if ":acm:" not in arn:
            continue
        known = backend("acm", call.region)._certificates  # noqa: SLF001
        if arn.split(":")[3] != call.region or arn not in known:
            raise AwsError("CertificateNotFound", f"Certificate '{arn}' not found")
        if issued(arn, call.region) is None:
            message = (
                f"The certificate '{arn}' must have a fully-qualified domain name, a supported signature, "
                "and a supported key size."
            )
            raise AwsError("UnsupportedCertificate", message)


@refuses("elbv2", "CreateListener", "ModifyListener")
def tls_policy(call: Call) -> None:
    """A policy that AWS has, of a listener that is encrypted."""
    policy = call.params.get("SslPolicy")
    if policy and policy not in TLS_POLICIES:
        raise AwsError("SSLPolicyNotFound", f"SSL policy '{policy}' not found")
    if policy and call.params.get("Protocol") not in (None, *_ENCRYPTED):
        message = f"An SSL policy cannot be specified for {call.params['Protocol']} listeners"
        raise AwsError("ValidationError", message)


@refuses("elbv2", "CreateListener")
def port_taken(call: Call) -> None:
    """One listener on a port."""
    balancer = call.backend("elbv2").load_balancers.get(call.params["LoadBalancerArn"])
    port = str(call.params.get("Port"))
    if balancer is not None and any(str(each.port) == port for each in balancer.listeners.values()):
        raise AwsError("DuplicateListener", "A listener already exists on this port for this load balancer")


@refuses("elbv2", "CreateRule", "SetRulePriorities")
def priority_taken(call: Call) -> None:
    """One rule of a priority."""
    if call.operation == "CreateRule":
        wanted = {"": call.params["Priority"]}
        listener = call.params["ListenerArn"]
    else:
        wanted = {each["RuleArn"]: each["Priority"] for each in call.params["RulePriorities"]}
        listener = next(iter(wanted)).replace(":listener-rule/", ":listener/").rpartition("/")[0]
    for balancer in call.backend("elbv2").load_balancers.values():
        found = balancer.listeners.get(listener)
        for arn, rule in (found.rules if found else {}).items():
            if arn not in wanted and str(rule.priority) in map(str, wanted.values()):
                raise AwsError("PriorityInUse", f"Priority '{rule.priority}' is currently in use")


@refuses("elbv2", "CreateRule", "ModifyRule")
def conditions(call: Call) -> None:
    """Five values, all conditions together."""
    given = call.params.get("Conditions", [])
    if sum(len(_values(condition)) for condition in given) > _VALUES_PER_RULE:
        message = f"A rule can have at most '{_VALUES_PER_RULE}' condition values"
        raise AwsError("ValidationError", message)


def _values(condition: dict[str, Any]) -> list[Any]:
    configured: dict[str, Any] = next(
        (each for name, each in condition.items() if name.endswith("Config")), {}
    )
    return condition.get("Values") or configured.get("Values") or []
