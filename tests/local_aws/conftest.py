from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.harness import BACKUP_TRUST, FIND_BY_TAGS, Aws, Refused, Server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("local-aws"))
    running.control("/domains/delegate-at-once", "POST")
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


@pytest.fixture(scope="session")
def backup_role(aws: Aws) -> str:
    """ARN of a role that a selection of AWS Backup can have."""
    iam, name = aws("iam"), "backup"
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=BACKUP_TRUST)["Role"]
    iam.put_role_policy(RoleName=name, PolicyName="find", PolicyDocument=FIND_BY_TAGS)
    return str(role["Arn"])
