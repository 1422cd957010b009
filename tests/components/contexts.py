"""Who and where, for the tests of components."""

from components.context import Context, DataClass, Standby

ACCOUNT = "123456789012"
TOKYO, OSAKA, VIRGINIA = "ap-northeast-1", "ap-northeast-3", "us-east-1"


def key_arns(region: str) -> dict[DataClass, str]:
    return {each: f"arn:aws:kms:{region}:{ACCOUNT}:key/{each}" for each in DataClass}


def topic_arn(region: str) -> str:
    return f"arn:aws:sns:{region}:{ACCOUNT}:mpac-prod-alarms"


# Production in Tokyo, with Osaka as its standby.
CONTEXT = Context(
    prefix="mpac",
    environment="prod",
    account_id=ACCOUNT,
    region=TOKYO,
    key_arns=key_arns(TOKYO),
    alarm_topic_arn=topic_arn(TOKYO),
    standby=Standby(region=OSAKA, key_arns=key_arns(OSAKA), alarm_topic_arn=topic_arn(OSAKA)),
)
# Nothing to lose, and no standby.
STAGING = Context(
    prefix="mpac",
    environment="staging",
    account_id=ACCOUNT,
    region=TOKYO,
    protect=False,
    key_arns=key_arns(TOKYO),
    alarm_topic_arn=topic_arn(TOKYO),
)
# Another program, without keys and topic of its own.
PLAIN = Context(prefix="acme", environment="test", account_id=ACCOUNT, region=TOKYO, protect=False)
