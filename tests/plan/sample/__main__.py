"""A program that uses what a plan must show: `prod` hands over to `dr`."""

import json

import pulumi
import pulumi_aws as aws
import pulumi_random as random

config = pulumi.Config()


class Inner(pulumi.ComponentResource):
    def __init__(self, name: str, opts: pulumi.ResourceOptions) -> None:
        super().__init__("sample:box:Inner", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        random.RandomId("inherits", byte_length=4, opts=child)
        random.RandomId(
            "decides",
            byte_length=4,
            opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(protect=False)),
        )
        self.register_outputs({})


class Box(pulumi.ComponentResource):
    def __init__(self, name: str, provider: aws.Provider) -> None:
        alias = pulumi.Alias(type_="sample:box:OldBox")
        super().__init__("sample:box:Box", name, None, pulumi.ResourceOptions(aliases=[alias]))
        child = pulumi.ResourceOptions(parent=self, provider=provider)
        self.vpc = aws.ec2.Vpc(
            name,
            cidr_block=config.require("cidr"),
            opts=pulumi.ResourceOptions.merge(
                child,
                pulumi.ResourceOptions(
                    aliases=[pulumi.Alias(name="old")], ignore_changes=["enable_dns_support"], protect=True
                ),
            ),
        )
        subnets = [
            aws.ec2.Subnet(f"{name}-{i}", vpc_id=self.vpc.id, cidr_block=f"10.0.{i}.0/24", opts=child)
            for i in range(2)
        ]
        aws.ec2.Vpc("far", cidr_block="10.1.0.0/16", region="ap-northeast-3", opts=child)
        aws.lb.LoadBalancer(name, name="known", subnets=[subnet.id for subnet in subnets], opts=child)
        aws.iam.Role(
            name,
            assume_role_policy=pulumi.Output.json_dumps({"arn": self.vpc.arn}),
            opts=pulumi.ResourceOptions(parent=self, provider=provider, depends_on=subnets),
        )
        password = random.RandomPassword(name, length=20, opts=pulumi.ResourceOptions(parent=self))
        # The SDK makes the value of a parameter secret whatever it is, but not its description.
        aws.ssm.Parameter(
            "generated",
            type="String",
            description=pulumi.Output.json_dumps({"a": [password.result]}),
            opts=child,
        )
        aws.ssm.Parameter(
            "given",
            type="String",
            description=config.require_secret("password").apply(lambda text: json.dumps({"a": [text]})),
            tags={"open": "yes", "closed": config.require_secret("password")},
            opts=child,
        )
        inner = pulumi.ResourceOptions(parent=self, protect=True, retain_on_delete=True)
        Inner(f"{name}-inner", opts=inner)
        self.register_outputs({})


async def main() -> pulumi.Inputs:
    provider = aws.Provider("aws", region="ap-northeast-1")
    if pulumi.get_stack() == "prod":
        box = Box("main", provider)
        network = {"cidr": box.vpc.cidr_block, "ids": [box.vpc.id], "arn": box.vpc.arn}
        return {"contract": {"version": 1, "network": network}, "everywhere": config.require("everywhere")}

    upstream = config.require_object("upstream")["stack"]
    reference = pulumi.StackReference(upstream)
    contract = (await reference.get_output_details("contract")).value
    if contract is None:
        raise pulumi.RunError(f"{upstream} exports no contract")
    network = contract["network"]
    aws.ec2.Vpc(
        "standby",
        cidr_block=network["cidr"],
        tags={"whole": network["ids"][0], "part": f"of {network['arn']}", "version": contract["version"]},
        opts=pulumi.ResourceOptions(provider=provider),
    )
    return {}


pulumi.run(main)
