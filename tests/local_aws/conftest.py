from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.harness import Aws, Refused, Server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("local-aws"))
    yield running
    assert running.stop() == 0


@pytest.fixture(scope="session")
def aws(server: Server) -> Aws:
    return server.client


@pytest.fixture(scope="session")
def refused() -> Refused:
    @contextmanager
    def expect(code: str) -> Iterator[None]:
        with pytest.raises(ClientError) as error:
            yield
        assert error.value.response["Error"]["Code"] == code, error.value

    return expect
