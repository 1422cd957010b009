"""What Managed Prometheus refuses and moto accepts."""

import base64
import binascii
import re
from typing import Any

import yaml

from local.aws.additions.amp import workspace_of
from local.aws.call import Call, backend
from local.aws.errors import AwsError
from local.aws.refusals.registry import refuses

_INVALID, _CONFLICT = "ValidationException", "ConflictException"
_LOG_GROUP = re.compile(r"arn:aws:logs:([a-z0-9-]+):[0-9]{12}:log-group:([^:]+):\*")


@refuses("amp", "CreateRuleGroupsNamespace", "PutRuleGroupsNamespace")
def rules(call: Call) -> None:
    """Rules are those of Prometheus: groups with names, and in each what to record or to alert."""
    document = _document(call, "groups")
    for group in document["groups"]:
        if not isinstance(group, dict) or not group.get("name") or not isinstance(group.get("rules"), list):
            raise AwsError(_INVALID, "error validating rules: a group needs a name and rules")
        for rule in group["rules"]:
            if not rule.get("expr") or ("alert" in rule) == ("record" in rule):
                raise AwsError(_INVALID, f"error validating rules: invalid rule in group {group['name']}")


@refuses("amp", "CreateRuleGroupsNamespace")
def namespace_exists(call: Call) -> None:
    """A workspace has one namespace of a name."""
    if call.params["name"] in workspace_of(call).rule_group_namespaces:
        raise AwsError(_CONFLICT, f"Rule groups namespace {call.params['name']} already exists", 409)


@refuses("amp", "CreateAlertManagerDefinition")
def definition_exists(call: Call) -> None:
    """A workspace has one Alertmanager."""
    if hasattr(workspace_of(call), "added_alert_manager"):
        raise AwsError(_CONFLICT, "The workspace has an alert manager definition already", 409)


@refuses("amp", "CreateAlertManagerDefinition", "PutAlertManagerDefinition")
def definition(call: Call) -> None:
    """Routes lead to receivers that exist, and those are topics, signed for with a region."""
    text = _document(call, "alertmanager_config")["alertmanager_config"]
    try:
        config: Any = yaml.safe_load(text)
    except (yaml.YAMLError, AttributeError):
        config = None
    if not isinstance(config, dict) or not isinstance(config.get("route"), dict):
        raise AwsError(_INVALID, "error validating Alertmanager config: no routes provided")
    receivers = {each.get("name"): each for each in config.get("receivers", ())}
    for route in (config["route"], *config["route"].get("routes", ())):
        if route.get("receiver", config["route"].get("receiver")) not in receivers:
            raise AwsError(
                _INVALID,
                f"error validating Alertmanager config: undefined receiver {route.get('receiver')!r}",
            )
    for receiver in receivers.values():
        if receiver.keys() - {"name", "sns_configs"}:
            raise AwsError(_INVALID, "error validating Alertmanager config: only sns_configs are supported")
        for topic in receiver.get("sns_configs", ()):
            if not topic.get("sigv4", {}).get("region"):
                raise AwsError(_INVALID, "error validating Alertmanager config: sigv4 needs a region")


@refuses("amp", "CreateLoggingConfiguration", "UpdateLoggingConfiguration")
def log_group(call: Call) -> None:
    """A log group of the region, written with the asterisk for its streams."""
    arn = call.params["logGroupArn"]
    match = _LOG_GROUP.fullmatch(arn)
    if match is None or match[1] != call.region:
        raise AwsError(_INVALID, f"Invalid log group ARN {arn}: it must end with :*")
    if match[2] not in backend("logs", call.region).groups:
        raise AwsError(_INVALID, f"The log group {match[2]} does not exist")


def _document(call: Call, key: str) -> dict[str, Any]:
    """Read the document that a call carries, whose only necessary key is ``key``."""
    workspace_of(call)
    data = call.params["data"]
    try:
        text = base64.b64decode(data, validate=True) if isinstance(data, str) else data
        document: Any = yaml.safe_load(text)
    except (binascii.Error, yaml.YAMLError, UnicodeDecodeError):
        document = None
    if not isinstance(document, dict) or not document.get(key):
        raise AwsError(_INVALID, f"error validating data: it is no YAML with {key}")
    return document
