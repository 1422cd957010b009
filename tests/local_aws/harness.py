"""A running local AWS for tests: a process of its own, and boto3 clients that reach it through its proxy."""

import functools
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, TypeAlias

import boto3
import botocore.session
from botocore.config import Config

TOKYO, OSAKA, VIRGINIA = "ap-northeast-1", "ap-northeast-3", "us-east-1"
ACCOUNT = "123456789012"
START_SECONDS = 60

BACKUP_TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Service": "backup.amazonaws.com"},
            "Action": "sts:AssumeRole",
        },
    }
)
FIND_BY_TAGS = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Action": "tag:GetResources", "Resource": "*"},
    }
)
"""What AWS Backup asks of the role of a selection."""

Client: TypeAlias = Any
"""A boto3 client or an answer of one; boto3 ships no types."""

Aws = Callable[..., Client]
"""``aws(service, region=TOKYO)`` -> client."""

Refused = Callable[[str], AbstractContextManager[None]]
"""``with refused("Code"):`` holds when AWS's error of that code is raised inside."""


class Server:
    """A running local AWS: clients through its proxy, and its control interface."""

    def __init__(self, run_dir: Path, *arguments: str) -> None:
        self.run_dir = run_dir
        self.process = subprocess.Popen(
            [sys.executable, "-m", "local.aws", "--run-dir", str(run_dir), *arguments],
            stderr=subprocess.PIPE,
            env={k: v for k, v in os.environ.items() if not k.startswith("PYTHON")},
        )
        ready = run_dir / "server.json"
        deadline = time.monotonic() + START_SECONDS
        while not ready.exists() and self.process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        assert ready.exists(), self.process.communicate(timeout=5)[1].decode()
        self.state: dict[str, Any] = json.loads(ready.read_text())
        self.proxies = {"https": f"http://127.0.0.1:{self.state['port']}"}
        self._clients: dict[tuple[str, str], Any] = {}

    @functools.cached_property
    def session(self) -> Client:
        return boto3.Session(aws_access_key_id="test", aws_secret_access_key="test")

    def client(self, service: str, region: str = TOKYO, **config: object) -> Client:
        if (service, region) not in self._clients or config:
            settings = Config(proxies=self.proxies, retries={"total_max_attempts": 1}, **config)
            client = self.session.client(service, region, verify=self.state["ca_bundle"], config=settings)
            if config:
                return client
            self._clients[(service, region)] = client
        return self._clients[(service, region)]

    def cbor_client(self, service: str) -> Client:
        """A client that speaks only Smithy RPC v2 CBOR, as the AWS SDK for Go does; boto3 prefers JSON."""
        session = botocore.session.Session()
        loader = session.get_component("data_loader")
        load = loader.load_service_model

        def load_cbor_only(*args: object, **kwargs: object) -> Client:
            model = load(*args, **kwargs)
            if "protocols" in model.get("metadata", {}):
                model["metadata"]["protocols"] = ["smithy-rpc-v2-cbor"]
            return model

        loader.load_service_model = load_cbor_only
        return boto3.Session("test", "test", botocore_session=session).client(
            service,
            TOKYO,
            verify=self.state["ca_bundle"],
            config=Config(proxies=self.proxies, retries={"total_max_attempts": 1}),
        )

    def control(self, path: str, method: str = "GET") -> Client:
        url = f"http://127.0.0.1:{self.state['control_port']}{path}"
        with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=30) as answer:
            return json.load(answer)

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(timeout=120)
