"""CloudFront: response headers, cache and origin request policies, which moto lacks altogether."""

import datetime as dt
import uuid
from typing import Any

from moto.cloudfront.responses import CloudFrontResponse

from local.aws.additions.kept import Kept, find, kept
from local.aws.additions.operations import answers
from local.aws.call import Call
from local.aws.errors import AwsError

_PLURALS = {
    "ResponseHeadersPolicy": "ResponseHeadersPolicies",
    "CachePolicy": "CachePolicies",
    "OriginRequestPolicy": "OriginRequestPolicies",
}


def _policies(call: Call, kind: str) -> dict[str, Kept]:
    return kept(call, "cloudfront", kind)


def _described(name: str, policy: Kept) -> dict[str, Any]:
    described = {"Id": name, "LastModifiedTime": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}
    return {policy.kind: described | {f"{policy.kind}Config": policy.document}, "ETag": policy.etag}


def _current(call: Call, kind: str) -> Kept:
    policy = find(_policies(call, kind), call.params["Id"], f"NoSuch{kind}")
    if call.params.get("IfMatch") not in (None, policy.etag):
        message = "The precondition given in one or more of the request-header fields evaluated to false."
        raise AwsError("PreconditionFailed", message, 412)
    return policy


def _register(kind: str) -> None:
    @answers("cloudfront", f"Create{kind}", CloudFrontResponse)
    def create(call: Call) -> dict[str, Any]:
        policy, policies = Kept(kind, call.params[f"{kind}Config"]), _policies(call, kind)
        if any(other.document["Name"] == policy.document["Name"] for other in policies.values()):
            raise AwsError(f"{kind}AlreadyExists", "A policy with this name already exists.", 409)
        name = str(uuid.uuid4())
        policies[name] = policy
        return _described(name, policy)

    @answers("cloudfront", f"Get{kind}", CloudFrontResponse)
    def get(call: Call) -> dict[str, Any]:
        return _described(call.params["Id"], _current(call, kind))

    @answers("cloudfront", f"Update{kind}", CloudFrontResponse)
    def update(call: Call) -> dict[str, Any]:
        _current(call, kind)
        policy = Kept(kind, call.params[f"{kind}Config"])
        _policies(call, kind)[call.params["Id"]] = policy
        return _described(call.params["Id"], policy)

    @answers("cloudfront", f"Delete{kind}", CloudFrontResponse)
    def delete(call: Call) -> dict[str, Any]:
        _current(call, kind)
        del _policies(call, kind)[call.params["Id"]]
        return {}

    @answers("cloudfront", f"List{_PLURALS[kind]}", CloudFrontResponse)
    def list_all(call: Call) -> dict[str, Any]:
        items = [
            {"Type": "custom", kind: _described(name, policy)[kind]}
            for name, policy in _policies(call, kind).items()
        ]
        return {f"{kind}List": {"MaxItems": 100, "Quantity": len(items), "Items": items}}


for _kind in _PLURALS:
    _register(_kind)
