import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

TOKYO, OSAKA, VIRGINIA = "ap-northeast-1", "ap-northeast-3", "us-east-1"
START_SECONDS = 60


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
        self.session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test")
        self._clients: dict[tuple[str, str], Any] = {}

    def client(self, service: str, region: str = TOKYO, **config: Any) -> Any:
        if (service, region) not in self._clients or config:
            settings = Config(proxies=self.proxies, retries={"total_max_attempts": 1}, **config)
            client = self.session.client(service, region, verify=self.state["ca_bundle"], config=settings)
            if config:
                return client
            self._clients[(service, region)] = client
        return self._clients[(service, region)]

    def cbor_client(self, service: str) -> Any:
        """A client that speaks only Smithy RPC v2 CBOR, as the AWS SDK for Go does; boto3 prefers JSON."""
        session = botocore.session.Session()
        loader = session.get_component("data_loader")
        load = loader.load_service_model

        def load_cbor_only(*args: Any, **kwargs: Any) -> Any:
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

    def control(self, path: str, method: str = "GET") -> Any:
        url = f"http://127.0.0.1:{self.state['control_port']}{path}"
        with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=30) as answer:
            return json.load(answer)

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(timeout=10)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("local-aws"))
    yield running
    assert running.stop() == 0


@pytest.fixture(scope="session")
def aws(server: Server) -> Callable[..., Any]:
    """``aws(service, region)`` -> boto3 client; Tokyo when no region is given."""
    return server.client


@pytest.fixture(scope="session")
def refused() -> Callable[[str], AbstractContextManager[None]]:
    """``with refused("Code"):`` holds when AWS's error of that code is raised inside."""

    @contextmanager
    def expect(code: str) -> Iterator[None]:
        with pytest.raises(ClientError) as error:
            yield
        assert error.value.response["Error"]["Code"] == code, error.value

    return expect
