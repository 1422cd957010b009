"""Replicas of Loki that stopped uncleanly come back as ECS brings them: under other host names and addresses.

Three processes of Loki with the configuration of the stacks. Tempo knows its replicas by the same library.
Nightly, for Loki takes long to compile: 3.7.8, as 3.6.0, which is deployed, is not served as a module.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.observability.configuration.loki import loki_configuration
from components.observability.configuration.topology import LOKI_PATH, LOKI_PORT, MEMBERLIST_PORT
from tests.observability import topology
from tests.programs.place import NOWHERE, compiled

pytestmark = pytest.mark.nightly

ID = ("common", "ring", "instance_id")
# Each goes to another place in the ring, and is a stream of its own.
WRITES = 30
# The ring is gossiped in seconds; a busy machine takes longer to start three programs.
DEADLINE_SECONDS = 180
NAME_AND_RUN = "import os, socket, sys; socket.sethostname(sys.argv[1]); os.execv(sys.argv[2], sys.argv[2:])"


@dataclass
class Replica:
    """A task of Loki.

    Attributes:
        name: The id that it keeps.
        address: Its address, which is this task's alone.
        process: What runs.
    """

    name: str
    address: str
    process: subprocess.Popen[bytes]

    def ask(self, path: str, body: object = None) -> Any:  # noqa: ANN401  whatever Loki answers
        """Ask for JSON; raise OSError for every other answer."""
        request = urllib.request.Request(
            f"http://{self.address}:{LOKI_PORT}{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Accept": "application/json", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            text = answer.read()
        return json.loads(text) if text else None

    def active(self) -> set[str]:
        """List the addresses that it takes to be active in the ring; none while it does not answer."""
        try:
            entries = self.ask("/ring")["shards"] or []
        except OSError:
            return set()
        return {each["address"].partition(":")[0] for each in entries if each["state"] == "ACTIVE"}


@dataclass
class Cluster:
    """Replicas of Loki that share a bucket, each with a volume of its own.

    Attributes:
        directory: Of the bucket, the volumes and the logs.
        without: Settings that are left out, and have Loki's defaults.
        network: First bytes of all addresses.
    """

    directory: Path
    without: Sequence[tuple[str, ...]]
    network: str = field(default_factory=lambda: f"127.{random.randint(16, 250)}.{random.randint(0, 250)}")  # noqa: S311
    replicas: dict[str, Replica] = field(default_factory=dict)

    def configuration(self, name: str, address: str) -> str:
        """Change what the stacks' configuration says of AWS and of where a task is, and nothing else."""
        text = loki_configuration(topology(), bucket="mpac-loki-prod", memory_mib=3840)
        # Its volume is a directory.
        document = yaml.safe_load(text.replace(LOKI_PATH, str(self.directory / name)))
        # Tasks have network interfaces and addresses of their own; these processes share one machine's.
        document["server"] |= {"http_listen_address": address, "grpc_listen_address": address}
        del document["common"]["instance_interface_names"]
        document["common"]["instance_addr"] = address
        document["memberlist"]["bind_addr"] = [address]
        # What Cloud Map would answer to a task that starts: the replicas that run.
        running = [each.address for each in self.replicas.values()] or [address]
        document["memberlist"]["join_members"] = [f"{each}:{MEMBERLIST_PORT}" for each in running]
        # S3 is a directory that all share.
        document["common"]["storage"] = {
            "filesystem": {
                "chunks_directory": f"{self.directory}/s3",
                "rules_directory": f"{self.directory}/rules",
            }
        }
        document["schema_config"]["configs"][0]["object_store"] = "filesystem"
        document["compactor"]["delete_request_store"] = "filesystem"
        for *sections, setting in self.without:
            del reduce(lambda section, name: section[name], sections, document)[setting]
        return yaml.safe_dump(document)

    def start(self, number: int, *, host: str, address: int) -> None:
        """Start a task of a replica: on its volume, under a host name and an address of its own."""
        name, at = f"loki-{number}", f"{self.network}.{address}"
        path = self.directory / f"{host}.yml"
        path.write_text(self.configuration(name, at))
        with (self.directory / f"{host}.log").open("w") as log:
            process = subprocess.Popen(
                [
                    *("unshare", "--user", "--map-root-user", "--uts"),
                    *(sys.executable, "-c", NAME_AND_RUN, host),
                    *(compiled("loki"), f"-config.file={path}", "-config.expand-env=true"),
                ],
                env={"REPLICA": name, "PATH": os.defpath},
                stdout=log,
                stderr=log,
            )
        self.replicas[name] = Replica(name, at, process)

    def kill(self, *numbers: int) -> None:
        """Stop tasks as a lost zone does: nothing is said to the others."""
        names = [f"loki-{number}" for number in numbers]
        lost = [self.replicas.pop(name) for name in names if name in self.replicas]
        for replica in lost:
            replica.process.send_signal(signal.SIGKILL)
        for replica in lost:
            replica.process.wait()

    def wait(self) -> None:
        """Wait until every running replica says of every one of them that it takes writes."""
        wanted = {replica.address for replica in self.replicas.values()}
        ended = time.monotonic() + DEADLINE_SECONDS
        for replica in self.replicas.values():
            while not wanted <= replica.active():
                assert time.monotonic() < ended
                with suppress(subprocess.TimeoutExpired):
                    replica.process.wait(timeout=0.2)
                assert replica.process.returncode is None

    def write(self, moment: str) -> int:
        """Send lines, by turns to all replicas, as Alloy does; return how many were taken."""
        taken = 0
        for number in range(WRITES):
            replica = list(self.replicas.values())[number % 3]
            try:
                replica.ask("/otlp/v1/logs", line(f"{moment}-{number}"))
            except OSError:
                continue
            taken += 1
        return taken

    def read(self) -> list[int]:
        """Ask each replica for all lines, and return how many it has found; none if it has refused."""
        since = time.time_ns() - 3600 * 10**9
        path = f"/loki/api/v1/query_range?query=%7Bservice_name%3D~%22.%2B%22%7D&limit=1000&start={since}"
        found = []
        for replica in self.replicas.values():
            try:
                streams = replica.ask(path)["data"]["result"]
            except OSError:
                found.append(0)
            else:
                found.append(sum(len(stream["values"]) for stream in streams))
        return found


def line(service: str) -> object:
    """Write a line of log of a service, in OTLP."""
    record = {"timeUnixNano": str(time.time_ns()), "body": {"stringValue": f"of {service}"}}
    name = {"key": "service.name", "value": {"stringValue": service}}
    return {"resourceLogs": [{"resource": {"attributes": [name]}, "scopeLogs": [{"logRecords": [record]}]}]}


@pytest.fixture
def cluster(tmp_path: Path, without: Sequence[tuple[str, ...]]) -> Iterator[Cluster]:
    """Three replicas that have run, of which two were killed and have come back."""
    command = ["unshare", "--user", "--map-root-user", "--uts", "true"]
    if not shutil.which("unshare") or subprocess.call(command, stderr=subprocess.DEVNULL):
        pytest.skip(f"{NOWHERE}: processes may not have host names of their own (unshare)")
    cluster = Cluster(tmp_path, without)
    try:
        for number in range(3):
            cluster.start(number, host=f"ip-10-0-1-{number}", address=number + 2)
        cluster.wait()
        assert cluster.write("before") == WRITES
        assert cluster.read() == [WRITES] * 3
        cluster.kill(1, 2)
        for number in (1, 2):
            cluster.start(number, host=f"ip-10-0-2-{number}", address=number + 12)
        cluster.wait()
        yield cluster
    finally:
        cluster.kill(*range(3))


@pytest.mark.parametrize("without", [()])
def test_every_write_is_taken_and_every_line_found(cluster: Cluster) -> None:
    assert cluster.write("after") == WRITES == 30
    assert cluster.read() == [60, 60, 60]


# The id is the host name then.
@pytest.mark.parametrize("without", [[ID]])
def test_without_their_ids_the_dead_keep_the_tokens(cluster: Cluster) -> None:
    # Of two entries with the same tokens one gets them all: `resolveConflicts` in ring/model.go of dskit.
    assert cluster.write("after") == 0


@pytest.mark.parametrize(
    "without", [[ID, ("common", "persist_tokens"), ("ingester", "autoforget_unhealthy")]]
)
def test_by_default_the_dead_keep_their_places(cluster: Cluster) -> None:
    # Two of five, so that of some writes two of three places are theirs.
    assert 0 < cluster.write("after") < WRITES
    assert cluster.read() == [0, 0, 0]
