"""How requests are read and answers are written, whatever the service."""

import http.client
import json
import ssl
import threading
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.harness import Aws, Server


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


@pytest.fixture
def unchecked(server: Server) -> Aws:
    return lambda service: server.client(service, parameter_validation=False)


def test_cloudwatch_speaks_cbor(server: Server) -> None:
    cloudwatch = server.cbor_client("cloudwatch")
    assert cloudwatch.meta.service_model.resolved_protocol == "smithy-rpc-v2-cbor"
    cloudwatch.put_metric_alarm(
        AlarmName="cbor",
        MetricName="CPUUtilization",
        Namespace="AWS/ECS",
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=3,
        Period=60,
        Statistic="Average",
        Threshold=70.5,
        Tags=[{"Key": "env", "Value": "test"}],
    )
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=["cbor"])["MetricAlarms"]
    assert (alarm["Threshold"], alarm["EvaluationPeriods"], alarm["Period"]) == (70.5, 3, 60)
    assert alarm["StateUpdatedTimestamp"].year >= 2020
    tags = cloudwatch.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"]
    assert tags == [{"Key": "env", "Value": "test"}]
    cloudwatch.delete_alarms(AlarmNames=["cbor"])


def test_cbor_errors_keep_their_code(server: Server) -> None:
    cloudwatch = server.cbor_client("cloudwatch")
    with pytest.raises(ClientError) as error:
        cloudwatch.get_dashboard(DashboardName="missing")
    assert "NotFound" in code_of(error)
    with pytest.raises(ClientError, match="DescribeAnomalyDetectors") as error:
        cloudwatch.describe_anomaly_detectors()
    assert (code_of(error), error.value.response["ResponseMetadata"]["HTTPStatusCode"]) == (
        "NotImplemented",
        400,
    )
    with pytest.raises(ClientError) as error:
        cloudwatch.put_metric_alarm(AlarmName="a", EvaluationPeriods=1, ComparisonOperator="Bigger")
    assert code_of(error) == "ValidationError"  # the code's name in the query protocol, which SDKs prefer


def test_another_service_speaks_cbor_too(server: Server) -> None:
    discovery = server.cbor_client("servicediscovery")
    assert discovery.meta.service_model.resolved_protocol == "smithy-rpc-v2-cbor"
    discovery.create_http_namespace(Name="cbor")
    names = [namespace["Name"] for namespace in discovery.list_namespaces()["Namespaces"]]
    assert "cbor" in names


@pytest.mark.parametrize(
    ("service", "operation", "params"),
    [
        ("ec2", "describe_local_gateways", {}),  # ec2
        ("elasticache", "describe_events", {}),  # query
        ("kms", "describe_custom_key_stores", {}),  # json
        ("efs", "describe_replication_configurations", {}),  # rest-json
        ("cloudfront", "list_streaming_distributions", {}),  # rest-xml
    ],
)
def test_missing_operations_are_refused_at_once_by_name(
    aws: Aws, service: str, operation: str, params: dict[str, Any]
) -> None:
    client = aws(service)
    name = client.meta.method_to_api_mapping[operation]
    with pytest.raises(ClientError, match=f"{service}:{name}") as error:
        getattr(client, operation)(**params)
    assert code_of(error) == "NotImplemented"
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_failures_of_the_local_aws_are_named_and_logged(server: Server, aws: Aws) -> None:
    # moto 5.2.5 raises an AttributeError for a NAT gateway that it does not know
    with pytest.raises(ClientError, match="ec2:DeleteNatGateway: AttributeError") as error:
        aws("ec2").delete_nat_gateway(NatGatewayId="nat-0123456789abcdef0")
    assert code_of(error) == "InternalFailure"
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    log = (server.run_dir / "aws.log").read_text()
    assert "ec2:DeleteNatGateway failed in the local AWS" in log
    assert "AttributeError" in log


@pytest.mark.parametrize(
    ("service", "operation", "params", "code"),
    [
        ("ec2", "create_subnet", {"CidrBlock": "10.0.0.0/24"}, "MissingParameter"),
        (
            "ec2",
            "create_vpc",
            {"CidrBlock": "10.0.0.0/16", "InstanceTenancy": "shared"},
            "InvalidParameterValue",
        ),
        (
            "iam",
            "create_role",
            {"RoleName": "no spaces", "AssumeRolePolicyDocument": "{}"},
            "ValidationError",
        ),
        ("iam", "create_role", {"RoleName": "x" * 65, "AssumeRolePolicyDocument": "{}"}, "ValidationError"),
        ("kms", "create_key", {"KeySpec": "AES"}, "ValidationException"),
        ("kms", "create_key", {"Description": 7}, "SerializationException"),
        ("logs", "create_log_group", {"logGroupName": "what?"}, "InvalidParameterException"),
        ("secretsmanager", "create_secret", {"Description": "no name"}, "ValidationException"),
        ("efs", "create_file_system", {"CreationToken": "t", "PerformanceMode": "fast"}, "BadRequest"),
        ("rds", "create_db_instance", {"DBInstanceIdentifier": "a"}, "InvalidParameterValue"),
        ("s3", "create_bucket", {"Bucket": "enum", "ACL": "everybody"}, "InvalidArgument"),
    ],
)
def test_requests_must_fit_the_service_model(
    unchecked: Aws, service: str, operation: str, params: dict[str, Any], code: str
) -> None:
    with pytest.raises(ClientError) as error:
        getattr(unchecked(service), operation)(**params)
    assert code_of(error) == code


def send(
    server: Server, host: str, method: str = "POST", path: str = "/", **request: object
) -> tuple[int, str]:
    """A raw request through the proxy, as no SDK would send it."""
    context = ssl.create_default_context(cafile=server.state["ca_bundle"])
    connection = http.client.HTTPSConnection("127.0.0.1", server.state["port"], context=context, timeout=30)
    connection.set_tunnel(host, 443)
    connection.request(method, path, **request)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


@pytest.mark.parametrize(
    ("host", "headers", "body", "code"),
    [
        (
            "ec2.ap-northeast-1.amazonaws.com",
            {"Content-Type": "application/x-www-form-urlencoded"},
            "Action=CreateVpc&Version=2016-11-15&CidrBlok=10.0.0.0%2F16",
            "UnknownParameter",
        ),
        (
            "kms.ap-northeast-1.amazonaws.com",
            {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "TrentService.CreateKey"},
            '{"Descripton": "misspelled"}',
            "SerializationException",
        ),
        (
            "kms.ap-northeast-1.amazonaws.com",
            {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "TrentService.CreateKey"},
            "{",
            "SerializationException",
        ),
        (
            "kms.ap-northeast-1.amazonaws.com",
            {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "TrentService.MakeKey"},
            "{}",
            "UnknownOperationException",
        ),
    ],
)
def test_unknown_members_are_refused(
    server: Server, host: str, headers: dict[str, str], body: str, code: str
) -> None:
    status, text = send(server, host, headers=headers, body=body)
    assert (status, code in text) == (400, True), text


@pytest.mark.parametrize(
    "body",
    [
        "<VersioningConfiguration><State>Enabled</State></VersioningConfiguration>",
        "<VersioningConfiguration><Status>Enabled</VersioningConfiguration>",
    ],
)
def test_malformed_xml_is_refused(server: Server, aws: Aws, body: str) -> None:
    bucket = "malformed-xml"
    aws("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"})
    status, text = send(server, f"{bucket}.s3.ap-northeast-1.amazonaws.com", "PUT", "/?versioning", body=body)
    assert (status, "MalformedXML" in text) == (400, True), text
    aws("s3").delete_bucket(Bucket=bucket)


def test_other_hosts_are_refused(server: Server) -> None:
    connection = http.client.HTTPSConnection("127.0.0.1", server.state["port"], timeout=30)
    connection.set_tunnel("example.com", 443)
    with pytest.raises(OSError, match="403"):
        connection.request("GET", "/")
    plain = http.client.HTTPConnection("127.0.0.1", server.state["port"], timeout=30)
    plain.request("GET", "http://169.254.169.254/latest/meta-data/")
    answer = plain.getresponse()
    assert (answer.status, b"no AWS host" in answer.read()) == (403, True)


def test_an_aws_host_without_a_service_is_refused(server: Server) -> None:
    status, text = send(server, "nosuchservice.ap-northeast-1.amazonaws.com")
    assert (status, "no service at" in text) == (400, True)


def test_many_first_connections_at_once(server: Server) -> None:
    statuses: list[int] = []

    def visit(index: int) -> None:
        host = (
            f"bucket-{index}.s3.{('ap-northeast-1', 'ap-northeast-3', 'us-east-1')[index % 3]}.amazonaws.com"
        )
        statuses.append(send(server, host, "HEAD")[0])

    threads = [threading.Thread(target=visit, args=(index,)) for index in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [404] * 40


def test_s3_control_reads_the_encoded_arn(aws: Aws) -> None:
    s3, control = aws("s3"), aws("s3control")
    s3.create_bucket(
        Bucket="control-tags", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"}
    )
    arn = "arn:aws:s3:::control-tags"
    control.tag_resource(AccountId="123456789012", ResourceArn=arn, Tags=[{"Key": "a", "Value": "1"}])
    assert control.list_tags_for_resource(AccountId="123456789012", ResourceArn=arn)["Tags"] == [
        {"Key": "a", "Value": "1"}
    ]
    assert s3.get_bucket_tagging(Bucket="control-tags")["TagSet"] == [{"Key": "a", "Value": "1"}]
    control.untag_resource(AccountId="123456789012", ResourceArn=arn, TagKeys=["a"])
    assert control.list_tags_for_resource(AccountId="123456789012", ResourceArn=arn)["Tags"] == []
    s3.delete_bucket(Bucket="control-tags")


def test_objects_pass_unchanged(aws: Aws) -> None:
    s3 = aws("s3")
    s3.create_bucket(Bucket="objects", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"})
    body = bytes(range(256)) * 20_000  # over 2 MB: sent with Expect: 100-continue
    s3.put_object(Bucket="objects", Key="a b/ü+c", Body=body, Metadata={"m": "1"})
    answer = s3.get_object(Bucket="objects", Key="a b/ü+c")
    assert answer["Body"].read() == body
    assert answer["Metadata"] == {"m": "1"}
    assert s3.head_object(Bucket="objects", Key="a b/ü+c")["ContentLength"] == len(body)
    s3.delete_object(Bucket="objects", Key="a b/ü+c")
    s3.delete_bucket(Bucket="objects")


def test_calls_are_counted(server: Server, aws: Aws) -> None:
    aws("sts", "ap-northeast-3").get_caller_identity()
    counted = [c for c in server.control("/calls") if c["operation"] == "GetCallerIdentity"]
    assert {"service": "sts", "region": "ap-northeast-3", "status": 200} in [
        {key: entry[key] for key in ("service", "region", "status")} for entry in counted
    ]
    assert json.dumps(counted)


def test_the_account_is_fixed(aws: Aws) -> None:
    assert aws("sts").get_caller_identity()["Account"] == "123456789012"


def test_managed_policies_exist(aws: Aws) -> None:
    arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
    assert aws("iam").get_policy(PolicyArn=arn)["Policy"]["Arn"] == arn
