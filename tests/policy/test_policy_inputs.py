"""Files that are malformed end a run with an error; what else could be told from a pass?"""

from pathlib import Path
from typing import Any

import pytest

from policy.pack.__main__ import judge_files, read_config
from policy.pack.baseline import read_baseline
from policy.pack.cases import Declared, build
from policy.pack.graph import Graph, Resource
from policy.pack.judge import Judge
from policy.pack.rule import Rule, rules
from policy.pack.settings import PackError, Settings
from policy.pack.sources.recorded import load

BUCKET = Declared(type="aws:s3/bucketV2:BucketV2", inputs={"bucket": "shop"})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"mandatory-resource": {}}', "no policy mandatory-resource"),
        ("[]", "no mapping"),
        ('{"mandatory-resources": "disabled"}', "cannot be disabled"),
        ('{"mandatory-resources": {"zones": true}}', "zones: true and false are no settings"),
        ('{"mandatory-resources": {"unloggedBuckets": [" "]}}', "unloggedBuckets"),
        ("{", "cannot be read"),
    ],
)
def test_malformed_configuration(tmp_path: Path, text: str, message: str) -> None:
    config = tmp_path / "config.json"
    config.write_text(text)
    with pytest.raises(PackError, match=message):
        read_config(config)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "no resources"),
        ('{"deployment": {}}', "no resources"),
        ('{"deployment": {"resources": [{"urn": "urn:pulumi:prod::mpac::a:b:C::d"}]}}', "neither a plan"),
        ('[{"type": "a:b:C"}]', "neither a plan"),
        ('"plan"', "neither a plan"),
    ],
)
def test_what_is_no_stack_is_not_passed(tmp_path: Path, text: str, message: str) -> None:
    stack = tmp_path / "stack.json"
    stack.write_text(text)
    with pytest.raises(PackError, match=message):
        load(stack)
    with pytest.raises(PackError, match=message):
        judge_files([stack])


@pytest.mark.parametrize("text", ["{", "[]", '{"aws:s3/bucket:Bucket::shop": true}'])
def test_malformed_baseline(tmp_path: Path, text: str) -> None:
    path = tmp_path / "baseline.json"
    path.write_text(text)
    with pytest.raises(PackError, match="make plan-accept"):
        read_baseline(path)


def failing(rule: Rule, graph: Graph) -> None:
    Judge("prod", Settings()).judge(graph, only=[rule])


def test_a_rule_that_raises_names_the_resource_it_looked_at() -> None:
    graph = build({"shop": BUCKET, "other": BUCKET}, "prod")

    def test(found: Graph, _: Settings) -> Any:
        for bucket in found.of("aws:s3/bucket:Bucket"):
            yield bucket.must("bucket", None)  # type: ignore[arg-type]  what is to raise

    rule = rules()["s3-tls-only"]
    broken = Rule(**{**vars(rule), "test": test})
    with pytest.raises(PackError, match=r"s3-tls-only failed on urn:.*::other"):
        failing(broken, graph)


@pytest.mark.parametrize(
    ("alias", "type_"),
    [
        ("aws:alb/listener:Listener", "aws:lb/listener:Listener"),
        ("aws:applicationloadbalancing/targetGroup:TargetGroup", "aws:lb/targetGroup:TargetGroup"),
        ("aws:elasticloadbalancingv2/loadBalancer:LoadBalancer", "aws:lb/loadBalancer:LoadBalancer"),
        ("aws:s3/bucketV2:BucketV2", "aws:s3/bucket:Bucket"),
        ("aws:s3/bucketVersioningV2:BucketVersioningV2", "aws:s3/bucketVersioning:BucketVersioning"),
        ("aws:s3/bucketObjectv2:BucketObjectv2", "aws:s3/bucketObjectv2:BucketObjectv2"),
    ],
)
def test_another_name_of_a_type_is_judged_as_the_type(alias: str, type_: str) -> None:
    assert Resource(urn="urn", type=alias, name="x", inputs={}).type == type_
