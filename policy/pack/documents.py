"""Policy documents of IAM, read statement by statement as far as they are known."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from .graph import Resource
from .reading import note
from .values import ABSENT, NOBODY, Unknown, has_unknown, settled
from .verdicts import Outcome, Verdict

# Operators that a request without the key, or with any value of it, does not get past.
_BINDING = re.compile(
    r"(ForAnyValue:)?(String(Equals|EqualsIgnoreCase|Like)|Arn(Equals|Like)|Bool|IpAddress|(Numeric|Date)[A-Z]\w+)"
    r"(?<!IfExists)"
)
# What names nobody once the wildcards are gone: `o-*`, `repo:*`, `arn:aws:iam::*:role/*`.
_PREFIX = re.compile(r"(o|ou|r|vpc|vpce)-|repo:|arn:aws:iam::(\*:)?")
_KIND = re.compile(r"[\w-]+[/:]")
# How a value of unknown source reads as text.
NOWHERE = f"<unknown: {NOBODY}>"
# Of any resource; of a bucket; of all its objects, or all of several buckets.
ANYTHING = re.compile(r".*", re.DOTALL)
BUCKET_ITSELF = re.compile(r"[^/]*")
ALL_OBJECTS = re.compile(r"[^/]*/\*|[^/]*\*")
PLACE = re.compile(r"<unknown: [^<>]*>")
_NAME = re.compile(r"[\w:*-]{1,80}")


@dataclass(frozen=True)
class Statement:
    """A statement of a policy.

    Attributes:
        resource: The resource whose policy it stands in.
        path: Its path, such as `policy.Statement[0]`.
        body: Its parts.
    """

    resource: Resource
    path: str
    body: Mapping[str, Any]

    def values(self, part: str) -> list[tuple[str, Any]]:
        """Return the values of a part, one or many, with their paths."""
        return self._noted(_listed(f"{self.path}.{part}", self.body.get(part, ABSENT)))

    def _noted(self, values: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
        for path, value in values:
            if isinstance(value, Unknown) and not value.source:
                note(self.resource.urn, path, value)
        return values

    def actions(self, *names: str) -> list[str]:
        """Return the actions it allows; with names, those that allow one of them."""
        found = [str(value) for _, value in self.values("Action")]
        if not names:
            return found
        return [
            action for action in found if any(fnmatchcase(name.lower(), action.lower()) for name in names)
        ]

    def principals(self) -> list[tuple[str, str, Any]]:
        """Return each principal with its path and kind: `AWS`, `Service`, `Federated` or `*`."""
        principal = self.body.get("Principal", ABSENT)
        path = f"{self.path}.Principal"
        if not isinstance(principal, Mapping):
            found = [] if principal is ABSENT else self._noted([(path, principal)])
            return [(place, "*", value) for place, value in found]
        return [
            (place, str(kind), value)
            for kind, values in principal.items()
            for place, value in self._noted(_listed(f"{path}.{kind}", values))
        ]

    def binds(self, *keys: str, value: str | None = None) -> Outcome:
        """Whether a condition demands something of one of the keys.

        Args:
            keys: Condition keys; `aws:ResourceTag/*` stands for any tag.
            value: What it must demand, where not every value will do.
        """
        conditions = self.body.get("Condition", {})
        if not isinstance(conditions, Mapping):
            return Outcome.NOT_JUDGED if isinstance(conditions, Unknown) else Outcome.FAIL
        if any(isinstance(of_operator, Unknown) for of_operator in conditions.values()):
            return Outcome.NOT_JUDGED
        found = [
            _demands(str(operator), demanded, value)
            for operator, of_operator in conditions.items()
            if isinstance(of_operator, Mapping)
            for key, demanded in of_operator.items()
            if _BINDING.fullmatch(str(operator)) or _asks_for_tag(str(operator), str(key))
            if any(fnmatchcase(str(key).lower(), wanted.lower()) for wanted in keys)
        ]
        for outcome in (Outcome.PASS, Outcome.NOT_JUDGED):
            if outcome in found:
                return outcome
        return Outcome.FAIL

    def must_bind(self, *keys: str, message: str, value: str | None = None) -> Verdict:
        """Demand a condition on one of the keys."""
        return self.verdict("Condition", self.binds(*keys, value=value), message)

    def verdict(self, part: str, outcome: Outcome, message: str) -> Verdict:
        """Say what is to be said of a part."""
        path = f"{self.path}.{part}"
        text = "" if outcome is Outcome.PASS else message
        if outcome is Outcome.NOT_JUDGED:
            text = f"{path} is not known yet"
        return Verdict(urn=self.resource.urn, path=path, outcome=outcome, message=text)

    def text(self, part: str) -> list[str]:
        """Return the values of a part as text, so that they can be compared though they are not known."""
        return [
            f"<unknown: {value.source}>" if isinstance(value, Unknown) else str(value)
            for _, value in self.values(part)
        ]


def named(actions: Iterable[str]) -> str:
    """Put actions into a message."""
    return ", ".join(action if _NAME.fullmatch(action) else "an action" for action in actions)


def judge_allowed(
    resource: Resource, paths: Iterable[str], judge: Callable[[Statement], Iterable[Verdict]]
) -> Iterator[Verdict]:
    """Judge every statement that allows something in the policies at some inputs of a resource."""
    for item in allowed(resource, paths):
        if isinstance(item, Verdict):
            yield item
        else:
            yield from judge(item)


def refuses(
    resource: Resource,
    path: str,
    action: str,
    condition: Mapping[str, Mapping[str, str]] | None = None,
    on: re.Pattern[str] = ANYTHING,
) -> Outcome:
    """Whether a policy refuses everybody an action.

    Args:
        resource: The resource that has the policy.
        path: Input that holds it.
        action: The action.
        condition: The one condition under which it does; it may refuse it always as well.
        on: What one of the resources that it refuses it on must be; what is not known is a `?` in it.
    """
    wanted = _plain(condition or {})
    outcome = Outcome.FAIL
    for item in allowed(resource, [path], "Deny"):
        if isinstance(item, Verdict):
            outcome = item.outcome if item.outcome is Outcome.NOT_JUDGED else outcome
            continue
        known = not has_unknown(item.body.get("Principal"))
        everybody = known and any("*" in (kind, principal) for _, kind, principal in item.principals())
        covered = any(on.fullmatch(PLACE.sub("?", name)) for name in item.text("Resource"))
        if not item.actions(action) or not (covered or "*" in item.text("Resource")):
            continue
        if everybody and _plain(item.body.get("Condition", {})) in ({}, wanted):
            return Outcome.PASS
        if has_unknown([item.body.get("Principal"), item.body.get("Condition")]):
            outcome = Outcome.NOT_JUDGED
    return outcome


def must_refuse(
    policy: Resource,
    what: str,
    action: str,
    condition: Mapping[str, Mapping[str, str]] | None = None,
    on: re.Pattern[str] = ANYTHING,
) -> Verdict:
    """Demand that the policy of a resource refuses everybody an action. See `refuses`."""
    outcome = refuses(policy, "policy", action, condition, on)
    if outcome is Outcome.NOT_JUDGED:
        return policy.not_judged("policy")
    message = f"policy does not refuse everybody {what}"
    return policy.passes("policy") if outcome is Outcome.PASS else policy.fails("policy", message)


def _plain(condition: Any) -> Any:
    """Write a condition in one way: IAM takes `false`, `"false"` and `["false"]` for the same."""
    if isinstance(condition, Mapping):
        # Whether a request came by TLS, AWS says of each.
        names = {name: str(name).lower().replace("boolifexists", "bool") for name in condition}
        return {names[name]: _plain(item) for name, item in condition.items()}
    values = condition if isinstance(condition, list) else [condition]
    return sorted(str(value).lower() for value in values)


def allowed(resource: Resource, paths: Iterable[str], effect: str = "Allow") -> Iterator[Statement | Verdict]:
    """Yield the statements that allow something, and a verdict on what cannot be read.

    Args:
        resource: The resource that has the policies.
        paths: Inputs that hold them.
        effect: `Deny` for those that refuse something.
    """
    for path in paths:
        document = _document(resource.get(path))
        if document is ABSENT:
            continue
        if isinstance(document, Unknown):
            yield resource.not_judged(path)
            continue
        statements = document.get("Statement") if isinstance(document, Mapping) else None
        found = [(f"{path}.Statement", statements)]
        if isinstance(statements, list):
            found = [(f"{path}.Statement[{index}]", item) for index, item in enumerate(statements)]
        for place, body in found:
            yield from _statement(resource, place, body, effect)


def _statement(resource: Resource, path: str, body: Any, effect: str) -> Iterator[Statement | Verdict]:
    if isinstance(body, Unknown):
        yield resource.not_judged(path)
    elif not isinstance(body, Mapping):
        yield resource.fails(path, f"{path} is no statement of a policy")
    elif has_unknown(body.get("Effect")) or has_unknown(body.get("Action")):
        yield resource.not_judged(path)
    elif body.get("Effect") == effect:
        yield Statement(resource, path, body)
    elif body.get("Effect") not in ("Allow", "Deny"):
        yield resource.fails(f"{path}.Effect", f"{path}.Effect is neither Allow nor Deny")


def _document(value: Any) -> Any:
    return _parsed(value) if isinstance(value, str) else value


# Each rule on policies reads the same text, one after the other.
@lru_cache(maxsize=16)
def _parsed(text: str) -> Any:
    try:
        return settled(json.loads(text))
    except ValueError:
        return None


def _listed(path: str, value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, list):
        return [(f"{path}[{index}]", item) for index, item in enumerate(value)]
    return [] if value is ABSENT else [(path, value)]


def _asks_for_tag(operator: str, key: str) -> bool:
    """Whether a condition asks for a tag to be there, whatever its value: not all resources have one."""
    return operator.lower() == "null" and key.lower().startswith("aws:resourcetag/")


def _demands(operator: str, demanded: Any, value: str | None) -> Outcome:
    values = demanded if isinstance(demanded, list) else [demanded]
    if operator.lower() == "null":
        value = "false"
    if value is not None:
        if has_unknown(values):
            return Outcome.NOT_JUDGED
        return Outcome.PASS if {str(item).lower() for item in values} == {value} else Outcome.FAIL
    # To IAM, ArnEquals is ArnLike.
    if not operator.endswith("Like") and "Arn" not in operator:
        return Outcome.PASS if values else Outcome.FAIL
    if any(isinstance(item, Unknown) and not item.source for item in values):
        return Outcome.NOT_JUDGED
    empty = [item for item in values if isinstance(item, str) and _names_nobody(item)]
    return Outcome.PASS if values and not empty else Outcome.FAIL


def _names_nobody(pattern: str) -> bool:
    """Whether a pattern is everybody's: no account, no name, nothing that somebody else has not.

    A kind of resource without an account (`arn:aws:route53:::hostedzone/*`) is what AWS documents beside a
    condition on the account, which is demanded by itself.
    """
    rest = _PREFIX.sub("", pattern, count=1)
    if pattern.startswith("arn:aws:iam:"):
        rest = _KIND.sub("", rest, count=1)
    return not re.sub(r"[*?:/]|arn|aws", "", rest)
