"""Where rules are explained by others."""

# Each control of Security Hub is on the page of its service.
SECURITY_HUB = "https://docs.aws.amazon.com/securityhub/latest/userguide"
