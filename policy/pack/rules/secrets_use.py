"""Secrets are long enough, demanded where they should be, and nowhere in plain sight."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..graph import Resource
from ..references import SECURITY_HUB
from ..rule import Controls, Reach, Severity, resource_rule
from ..settings import Settings
from ..values import ABSENT, Secret, Unknown, read
from ..verdicts import IS_FALSE, IS_SET, Check, Verdict, any_of, at_least, one_of
from .secrets import CACHE_USER, PASSWORD

TASK = "aws:ecs/taskDefinition:TaskDefinition"
FUNCTION = "aws:lambda/function:Function"
RBAC = "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Clusters.RBAC.html"

# Names of variables that hold secrets, and those that only speak of one: where it is, how long it lives.
SECRET_NAME = re.compile(
    r"passw(or)?d|passphrase|secret|token(?!iz)|credential|(api|access|private|encryption|signing)_?key",
    re.IGNORECASE,
)
HARMLESS_NAME = re.compile(
    r"_?(file|path|dir|arn|name|url|uri|host|port|ttl|seconds|length|header|issuer|audience|(?<!key_)id)$",
    re.IGNORECASE,
)
HARMLESS_VALUE = re.compile(r"|true|false|[\d.]+|arn:aws[\w-]*:.*", re.IGNORECASE)
# Keys of AWS, private keys, and URLs with a password, whatever the variable's name.
SECRET_VALUE = re.compile(r"\bA[KS]IA[A-Z0-9]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY|://[^/\s:@]*:[^/\s@]+@")
FROM_SECRET = re.compile(r"random:index/randomPassword:RandomPassword::|#secret(String|Binary)")


# Of the category, those that empty a cache, stop it, or hand it to somebody else.
DANGEROUS = {
    *("+@all", "allcommands", "+@admin", "+@dangerous", "+acl", "+config", "+debug", "+flushall", "+flushdb"),
    *("+keys", "+replicaof", "+shutdown", "+swapdb"),
}


def _is_limited(value: Any) -> bool:
    """Whether a user's rights hold no dangerous command: they are read from left to right."""
    given = False
    for right in str(value).lower().split():
        if right in ("-@dangerous", "-@all", "nocommands"):
            given = False
        elif (
            right in ("+@all", "allcommands", "+@admin", "+@dangerous")
            or right.partition("|")[0] in DANGEROUS
        ):
            given = True
    return not given


IS_OFF = Check(
    "off -@all", lambda value: {"off", "-@all"} <= set(str(value).split()) and "+" not in str(value)
)
HAS_LIMITED_RIGHTS = Check("no dangerous commands", lambda value: value is not ABSENT and _is_limited(value))


@resource_rule(
    "password-length",
    PASSWORD,
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    controls=Controls(pci=("8.3.6",)),
    reason="A password is guessed by trying.",
    remedy="Set length to 20 or more, or to what the pack's passwordLength says.",
    url="https://www.pulumi.com/registry/packages/random/api-docs/randompassword/",
)
def password_length(password: Resource, settings: Settings) -> Iterator[Verdict]:
    """Of generated passwords; others cannot be read."""
    yield password.must("length", at_least(settings.password_length))


@resource_rule(
    "elasticache-authenticated",
    "aws:elasticache/replicationGroup:ReplicationGroup",
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    controls=Controls(fsbp=("ElastiCache.6",), checkov=("CKV_AWS_31",)),
    reason="Without users or a token, whoever reaches the cache reads it.",
    remedy="Set user_group_ids, or auth_token.",
    url=f"{SECURITY_HUB}/elasticache-controls.html#elasticache-6",
)
def elasticache_authenticated(cache: Resource, _: Settings) -> Iterator[Verdict]:
    """A secondary of a global cache has the token of its primary."""
    if not cache.has("globalReplicationGroupId"):
        yield any_of([cache.must("userGroupIds", IS_SET), cache.must("authToken", IS_SET)])


@resource_rule(
    "elasticache-user-authenticated",
    CACHE_USER,
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    reason="Whoever reaches the cache logs in as a user that needs no password.",
    remedy="Set authentication_mode to type password or iam.",
    url=RBAC,
)
def elasticache_user_authenticated(user: Resource, _: Settings) -> Iterator[Verdict]:
    """By its mode, or by passwords beside it; also of a user that is off, lest it be switched on."""
    yield user.must("noPasswordRequired", IS_FALSE)
    if user.has("authenticationMode"):
        yield user.must("authenticationMode.type", one_of({"password", "iam"}))
    else:
        yield user.must("passwords", IS_SET)


@resource_rule(
    "elasticache-user-limited",
    CACHE_USER,
    severity=Severity.MEDIUM,
    reach=Reach.EVERYWHERE,
    reason="One dangerous command empties the cache, and the default user is who logs in without a name.",
    remedy="Set access_string to 'off -@all' for the user named default, with -@dangerous for others.",
    url=f"{RBAC}#Access-string",
)
def elasticache_user_limited(user: Resource, _: Settings) -> Iterator[Verdict]:
    """The rights of a user are read from left to right: what is taken away last counts."""
    name = user.get("userName")
    if isinstance(name, Unknown):
        yield user.not_judged("userName")
    else:
        yield user.must("accessString", IS_OFF if name == "default" else HAS_LIMITED_RIGHTS)


@resource_rule(
    "secret-not-in-environment",
    TASK,
    FUNCTION,
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    controls=Controls(fsbp=("ECS.8",), pci=("8.3.2",), checkov=("CKV_AWS_45",)),
    reason="Whoever may describe a task or a function reads its environment.",
    remedy="Give it as one of the container's secrets, with value_from the ARN of a secret.",
    url=f"{SECURITY_HUB}/ecs-controls.html#ecs-8",
)
def secret_not_in_environment(resource: Resource, _: Settings) -> Iterator[Verdict]:
    """By a variable's name, by what keys and URLs with passwords look like, and by where a value is from."""
    for path, name, value in _variables(resource):
        yield _variable(resource, path, name, value)


def _variables(resource: Resource) -> Iterator[tuple[str, str, Any]]:
    """Yield path, name and value of each variable; an unknown one without a name for what cannot be read."""
    if resource.type == FUNCTION:
        path = "environment.variables"
        variables = resource.get(path)
        if isinstance(variables, Mapping):
            for name, value in variables.items():
                yield f"{path}.{name}", str(name), value
        elif variables is not ABSENT:
            yield path, "", Unknown()
        return
    path = "containerDefinitions"
    containers = resource.document(path)
    if not isinstance(containers, list):
        yield path, "", Unknown()
        return
    for number, container in enumerate(containers):
        environment = read(container, "environment")
        if isinstance(environment, list):
            for index, variable in enumerate(environment):
                place = f"{path}[{number}].environment[{index}].value"
                name = read(variable, "name")
                yield place, str(name), Unknown() if isinstance(name, Unknown) else read(variable, "value")
        elif environment is not ABSENT:
            yield f"{path}[{number}].environment", "", Unknown()


def _variable(resource: Resource, path: str, name: str, value: Any) -> Verdict:
    sounds_secret = SECRET_NAME.search(name) and not HARMLESS_NAME.search(name)
    text = (value.source or "") if isinstance(value, Unknown) else str(value)
    secret = FROM_SECRET.search(text)
    if isinstance(value, Secret):
        holds = resource.fails(path, f"{path} holds a secret")
        return holds if sounds_secret else resource.not_judged(path, f"{path} is secret")
    if isinstance(value, Unknown) and not secret:
        # The name alone does not say it: the value may be a number or an ARN.
        return resource.passes(path) if value.source and not sounds_secret else resource.not_judged(path)
    if secret or SECRET_VALUE.search(text) or (sounds_secret and not HARMLESS_VALUE.fullmatch(text)):
        return resource.fails(path, f"{path} holds a secret")
    return resource.passes(path)
