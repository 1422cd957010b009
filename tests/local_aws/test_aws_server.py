"""Starting, stopping and looking into the local AWS; each test has a server of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from botocore.exceptions import ProxyConnectionError

from local.aws.outages import region_of
from tests.local_aws.harness import OSAKA, TOKYO, Server

Start = Callable[[], Server]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """``start()`` runs another server in a directory of its own; stopped after the test."""
    running: list[Server] = []

    def run() -> Server:
        running.append(Server(tmp_path / "run"))
        return running[-1]

    yield run
    for one in running:
        if one.process.poll() is None:
            one.stop()


def failing(*arguments: str) -> str:
    """What a server says that must not start."""
    command = [sys.executable, "-m", "local.aws", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def test_server_json(server: Server) -> None:
    assert set(server.state) == {"pid", "port", "control_port", "ca_bundle", "instance"}
    assert server.state["pid"] == server.process.pid
    assert server.control("/identity") == {"instance": server.state["instance"]}
    assert not list(server.run_dir.glob("*.tmp"))


def test_every_start_has_a_new_instance(server: Server, start: Start) -> None:
    assert start().state["instance"] != server.state["instance"]


def test_a_taken_port_is_an_error(server: Server, tmp_path: Path) -> None:
    message = failing("--run-dir", str(tmp_path), "--port", str(server.state["port"]))
    assert f"Port {server.state['port']} on 127.0.0.1 is taken" in message
    assert not (tmp_path / "server.json").exists()


def test_a_directory_in_use_is_an_error(server: Server) -> None:
    assert "already runs in" in failing("--run-dir", str(server.run_dir))
    assert server.control("/identity") == {"instance": server.state["instance"]}


def test_another_moto_is_an_error(tmp_path: Path) -> None:
    program = (
        "import moto; moto.__version__ = '5.2.6'\n"
        "import runpy, sys\n"
        f"sys.argv = ['aws', '--run-dir', {str(tmp_path)!r}]\n"
        "runpy.run_module('local.aws', run_name='__main__')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, "moto 5.2.5 is needed, 5.2.6 is installed" in done.stderr) == (2, True)


def test_a_changed_method_of_moto_is_an_error(tmp_path: Path) -> None:
    program = (
        "from moto.kms.responses import KmsResponse\n"
        "KmsResponse.replicate_key = KmsResponse.create_key\n"
        "import runpy, sys\n"
        f"sys.argv = ['aws', '--run-dir', {str(tmp_path)!r}]\n"
        "runpy.run_module('local.aws', run_name='__main__')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, "KmsResponse.replicate_key" in done.stderr) == (2, True)
    assert "has changed" in done.stderr


def test_only_the_loopback_interface_is_bound(server: Server) -> None:
    for port in (server.state["port"], server.state["control_port"]):
        table = Path(f"/proc/{server.state['pid']}/net/tcp").read_text().splitlines()
        bound = {line.split()[1] for line in table if line.split()[1].endswith(f":{port:04X}")}
        assert bound == {f"0100007F:{port:04X}"}


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(start: Start, signum: signal.Signals) -> None:
    running = start()
    os.kill(running.process.pid, signum)
    assert running.process.wait(timeout=120) == 0
    assert not (running.run_dir / "server.json").exists()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", running.state["port"])) != 0


def test_shutdown_by_request(start: Start) -> None:
    running = start()
    assert running.control("/shutdown", "POST") == {"stopping": running.state["instance"]}
    assert running.process.wait(timeout=120) == 0


def test_unknown_control_paths(server: Server) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404"):
        server.control("/nothing")


def test_a_region_that_is_cut_off(start: Start) -> None:
    running = start()
    (tokyo, osaka), iam = (running.client("ec2", region) for region in (TOKYO, OSAKA)), running.client("iam")
    tokyo.describe_vpcs()
    assert running.control(f"/regions/cut/{TOKYO}", "POST") == {"cut": [TOKYO], "refused": {}}
    answered = calls_of(running, TOKYO)
    for ask in (tokyo.describe_vpcs, running.client("sqs").list_queues):  # an open connection, and a new one
        with pytest.raises(ProxyConnectionError):
            ask()
    osaka.describe_vpcs()
    iam.list_roles()
    assert running.control("/regions") == {"cut": [TOKYO], "refused": {TOKYO: 2}}
    assert calls_of(running, TOKYO) == answered
    assert running.control(f"/regions/restore/{TOKYO}", "POST")["cut"] == []
    tokyo.describe_vpcs()


def calls_of(running: Server, region: str) -> int:
    return sum(entry["count"] for entry in running.control("/calls") if entry["region"] == region)


@pytest.mark.parametrize(
    ("host", "region"),
    [
        ("rds.ap-northeast-1.amazonaws.com", "ap-northeast-1"),
        ("api.ecr.ap-northeast-3.amazonaws.com", "ap-northeast-3"),
        ("logs-ap-northeast-1.s3.ap-northeast-3.amazonaws.com", "ap-northeast-3"),
        ("ap-northeast-1.s3.ap-northeast-3.amazonaws.com", "ap-northeast-3"),
        ("ec2.us-gov-west-1.api.aws", "us-gov-west-1"),
        ("iam.amazonaws.com", "us-east-1"),
        ("route53.amazonaws.com", "us-east-1"),
    ],
)
def test_the_region_of_an_endpoint(host: str, region: str) -> None:
    assert region_of(host) == region


def test_the_log_is_bounded(server: Server) -> None:
    assert (server.run_dir / "aws.log").exists()
    assert sum(path.stat().st_size for path in server.run_dir.glob("aws.log*")) < 11_000_000


def test_proxies_and_credentials_of_the_caller_are_ignored(
    monkeypatch: pytest.MonkeyPatch, start: Start
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    running = start()
    monkeypatch.undo()
    assert running.client("sts").get_caller_identity()["Account"] == "123456789012"


def make_some_of_everything(running: Server) -> dict[str, str]:
    ec2, osaka = running.client("ec2"), running.client("ec2", OSAKA)
    tags = [{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": "mixed"}]}]
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=tags)["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24", AvailabilityZone=f"{TOKYO}a")
    subnet_id = subnet["Subnet"]["SubnetId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=subnet_id, AllocationId=address)["NatGateway"]["NatGatewayId"]
    endpoint = ec2.create_vpc_endpoint(
        VpcId=vpc,
        VpcEndpointType="Interface",
        ServiceName=f"com.amazonaws.{TOKYO}.kms",
        SubnetIds=[subnet_id],
        PrivateDnsEnabled=False,
    )["VpcEndpoint"]["VpcEndpointId"]
    peer = osaka.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    peering = ec2.create_vpc_peering_connection(VpcId=vpc, PeerVpcId=peer, PeerRegion=OSAKA)
    key = running.client("kms").create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
    running.client("kms").replicate_key(KeyId=key, ReplicaRegion=OSAKA)
    running.client("kms").create_alias(AliasName="alias/mixed", TargetKeyId=key)
    running.client("s3").create_bucket(
        Bucket="mixed", CreateBucketConfiguration={"LocationConstraint": TOKYO}
    )
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "s3.amazonaws.com"}}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    running.client("iam").create_role(RoleName="mixed", AssumeRolePolicyDocument=trust)
    running.client("logs").create_log_group(logGroupName="mixed")
    running.client("secretsmanager").create_secret(
        Name="mixed", SecretString="x", AddReplicaRegions=[{"Region": OSAKA}]
    )
    return {
        "vpc": vpc,
        "subnet": subnet_id,
        "gateway": gateway,
        "address": address,
        "nat": nat,
        "endpoint": endpoint,
        "peer": peer,
        "peering": peering["VpcPeeringConnection"]["VpcPeeringConnectionId"],
        "key": key,
    }


def delete_all(running: Server, made: dict[str, str]) -> None:
    ec2, secrets = running.client("ec2"), running.client("secretsmanager")
    ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=made["peering"])
    running.client("ec2", OSAKA).delete_vpc(VpcId=made["peer"])
    ec2.delete_vpc_endpoints(VpcEndpointIds=[made["endpoint"]])
    ec2.delete_nat_gateway(NatGatewayId=made["nat"])
    ec2.release_address(AllocationId=made["address"])
    ec2.detach_internet_gateway(InternetGatewayId=made["gateway"], VpcId=made["vpc"])
    ec2.delete_internet_gateway(InternetGatewayId=made["gateway"])
    ec2.delete_subnet(SubnetId=made["subnet"])
    ec2.delete_vpc(VpcId=made["vpc"])
    running.client("kms").delete_alias(AliasName="alias/mixed")
    for region in (OSAKA, TOKYO):
        running.client("kms", region).schedule_key_deletion(KeyId=made["key"], PendingWindowInDays=7)
    running.client("s3").delete_bucket(Bucket="mixed")
    running.client("iam").delete_role(RoleName="mixed")
    running.client("logs").delete_log_group(logGroupName="mixed")
    secrets.remove_regions_from_replication(SecretId="mixed", RemoveReplicaRegions=[OSAKA])
    secrets.delete_secret(SecretId="mixed", ForceDeleteWithoutRecovery=True)


def test_inventory(start: Start) -> None:
    """Defaults do not count, everything that is created does, and nothing of it is left but the keys."""
    running = start()
    running.client("ec2").describe_vpcs()
    running.client("iam").list_policies(Scope="AWS")
    running.client("ssm").describe_parameters()
    running.client("elasticache").describe_users()
    running.client("rds").describe_db_parameter_groups()
    assert running.control("/inventory") == []

    made = make_some_of_everything(running)
    found = running.control("/inventory")
    assert found == sorted(found, key=lambda e: (e["service"], e["region"], e["kind"], e["id"]))
    listed = {(entry["service"], entry["region"], entry["id"]) for entry in found}
    in_tokyo = [made[name] for name in ("vpc", "nat", "gateway", "endpoint", "peering")]
    expected = {("ec2", TOKYO, name) for name in in_tokyo} | {("ec2", OSAKA, made["peering"])}
    expected |= {("kms", TOKYO, made["key"]), ("kms", OSAKA, made["key"]), ("s3", "aws", "mixed")}
    expected |= {("logs", TOKYO, "mixed"), ("secretsmanager", TOKYO, "mixed"), ("ec2", OSAKA, made["peer"])}
    assert expected <= listed
    kinds = {entry["kind"] for entry in found}
    assert {"VPC", "Subnet", "NatGateway", "ElasticAddress", "NetworkInterface", "Role", "Key"} <= kinds

    delete_all(running, made)
    assert running.control("/inventory") == [
        {"service": "kms", "region": region, "kind": "Key", "id": made["key"], "state": "PendingDeletion"}
        for region in (TOKYO, OSAKA)
    ]
