"""What a plan says of a program is what the engine would be told."""

import shutil
from pathlib import Path

import pytest

from operations.plan import Configuration, Plan, Resource, load, plan, read_configuration, record

SAMPLE = Path(__file__).parent / "sample"
STACK = "urn:pulumi:prod::sample::pulumi:pulumi:Stack::sample-prod"
BOX = "urn:pulumi:prod::sample::sample:box:Box::main"
IN_BOX = "urn:pulumi:prod::sample::sample:box:Box$"
VPC = f"{IN_BOX}aws:ec2/vpc:Vpc::main"
SUBNETS = tuple(f"{IN_BOX}aws:ec2/subnet:Subnet::main-{index}" for index in range(2))
SECRET = {"$secret": True}


@pytest.fixture
def prod(sample: dict[str, Plan]) -> dict[str, Resource]:
    return {resource.urn: resource for resource in sample["prod"].resources}


@pytest.fixture
def standby(sample: dict[str, Plan]) -> Resource:
    return next(resource for resource in sample["dr"].resources if resource.name == "standby")


def test_urns_carry_the_types_of_all_parents_but_the_stack(prod: dict[str, Resource]) -> None:
    random_id = "random:index/randomId:RandomId"
    inner = f"{IN_BOX}sample:box:Inner::main-inner"

    assert prod[STACK].parent is None
    assert prod[BOX].parent == STACK
    assert prod[VPC].parent == BOX
    assert prod[inner].parent == BOX
    assert prod[f"{IN_BOX}sample:box:Inner${random_id}::inherits"].parent == inner


def test_components_are_told_from_resources(prod: dict[str, Resource]) -> None:
    assert {urn for urn, resource in prod.items() if not resource.custom} == {
        STACK,
        BOX,
        f"{IN_BOX}sample:box:Inner::main-inner",
    }


def test_protection_is_inherited_unless_a_resource_decides(prod: dict[str, Resource]) -> None:
    by_name = {resource.name: resource for resource in prod.values()}

    assert prod[VPC].protect
    assert not by_name["far"].protect
    assert by_name["inherits"].protect
    assert by_name["inherits"].retain_on_delete
    assert not by_name["decides"].protect
    assert by_name["decides"].retain_on_delete


def test_ignored_changes_have_the_names_of_the_provider(prod: dict[str, Resource]) -> None:
    assert prod[VPC].ignore_changes == ("enableDnsSupport",)


def test_aliases_are_former_urns_those_of_the_parent_multiplied_out(prod: dict[str, Resource]) -> None:
    in_old_box = "urn:pulumi:prod::sample::sample:box:OldBox$aws:ec2/vpc:Vpc::"

    assert prod[BOX].aliases == ("urn:pulumi:prod::sample::sample:box:OldBox::main",)
    assert prod[VPC].aliases == (f"{IN_BOX}aws:ec2/vpc:Vpc::old", f"{in_old_box}main", f"{in_old_box}old")


def test_providers_are_resolved(prod: dict[str, Resource]) -> None:
    assert prod[VPC].provider == "urn:pulumi:prod::sample::pulumi:providers:aws::aws"
    assert prod[BOX].provider is None


def test_region_is_the_resources_own_or_its_providers_or_none(prod: dict[str, Resource]) -> None:
    assert prod[VPC].region == "ap-northeast-1"
    assert prod[f"{IN_BOX}aws:ec2/vpc:Vpc::far"].region == "ap-northeast-3"
    assert prod[f"{IN_BOX}aws:iam/role:Role::main"].region is None
    assert prod[BOX].region is None


def test_unknown_values_name_their_source(prod: dict[str, Resource]) -> None:
    assert prod[SUBNETS[0]].inputs == {"cidrBlock": "10.0.0.0/24", "vpcId": {"$unknown": VPC}}


def test_each_unknown_value_of_a_list_names_its_source(prod: dict[str, Resource]) -> None:
    balancer = prod[f"{IN_BOX}aws:lb/loadBalancer:LoadBalancer::main"]

    assert balancer.inputs == {"name": "known", "subnets": [{"$unknown": subnet} for subnet in SUBNETS]}
    assert balancer.property_dependencies == {"subnets": SUBNETS}


def test_text_with_an_unknown_part_can_be_read_around_it(prod: dict[str, Resource]) -> None:
    role = prod[f"{IN_BOX}aws:iam/role:Role::main"]

    assert role.inputs == {"assumeRolePolicy": f'{{"arn": "<unknown: {VPC}#arn>"}}'}


def test_dependencies_are_those_of_inputs_and_options(prod: dict[str, Resource]) -> None:
    role = prod[f"{IN_BOX}aws:iam/role:Role::main"]

    assert role.dependencies == (*SUBNETS, VPC)
    assert role.property_dependencies == {"assumeRolePolicy": (VPC,)}


def test_secrets_are_redacted_in_maps_and_in_text_made_from_them(sample: dict[str, Plan]) -> None:
    given, generated = (
        next(resource for resource in sample["prod"].resources if resource.name == name)
        for name in ("given", "generated")
    )

    assert given.inputs == {
        "description": SECRET,
        "tags": {"closed": SECRET, "open": "yes"},
        "type": "String",
    }
    assert generated.inputs == {"description": SECRET, "type": "String"}
    assert "password>" not in sample["prod"].to_json()


def test_program_gets_the_settings_of_project_and_stack(sample: dict[str, Plan]) -> None:
    assert sample["prod"].outputs["everywhere"] == "[1, 2]"
    assert sample["prod"].outputs["contract"]["network"]["cidr"] == "10.0.0.0/16"


def test_other_stack_reads_figures_as_figures_and_the_rest_by_name(standby: Resource) -> None:
    assert standby.inputs == {
        "cidrBlock": "10.0.0.0/16",
        "tags": {
            "part": "of <unknown: prod#contract.network.arn>",
            "version": 1,
            "whole": {"$unknown": "prod#contract.network.ids[0]"},
        },
    }


def test_stack_without_its_upstream_sees_no_outputs() -> None:
    with pytest.raises(Exception, match=r"^organization/sample/prod exports no contract$"):
        record("dr", read_configuration(SAMPLE, "dr"), program=SAMPLE)


@pytest.mark.parametrize("seed", ["1", "2"])
def test_plan_is_the_same_text_elsewhere_and_under_another_hash_seed(
    sample: dict[str, Plan], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: str
) -> None:
    monkeypatch.setenv("PYTHONHASHSEED", seed)
    elsewhere = shutil.copytree(SAMPLE, tmp_path / "elsewhere")

    assert plan(["prod"], elsewhere)["prod"].to_json() == sample["prod"].to_json()


def test_resources_are_in_the_order_of_their_urns(sample: dict[str, Plan]) -> None:
    urns = [resource.urn for resource in sample["prod"].resources]

    assert urns == sorted(urns)


def test_written_plan_reads_back_the_same(sample: dict[str, Plan], tmp_path: Path) -> None:
    path = tmp_path / "prod.json"
    path.write_text(sample["prod"].to_json())

    assert load(path) == sample["prod"].resources


def test_environment_of_the_shell_does_not_show(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    (tmp_path / "__main__.py").write_text("import pulumi_aws as aws\naws.Provider('aws')\n")

    recorded = record("prod", Configuration(project="small", values={}), program=tmp_path)

    assert "eu-west-1" not in recorded.to_json()
