"""Headers that the CDN adds to its answers."""

import pulumi
import pulumi_aws as aws

YEAR_SECONDS = 31_536_000
# Requirements: "mpac-static-assets".
IMMUTABLE = f"max-age={YEAR_SECONDS}, immutable"


def headers_policy(
    name: str, *, policy_name: str, domain: str, immutable: bool, opts: pulumi.ResourceOptions
) -> aws.cloudfront.ResponseHeadersPolicy:
    """Create a response headers policy: for browsers' protection, for use by the domain's other hosts.

    Args:
        name: Name of the resource.
        policy_name: Name in AWS.
        domain: Domain whose hosts may load fonts and modules.
        immutable: Whether clients keep the file for a year without another request; only for files whose name
            changes with their content.
        opts: Options, with the parent.
    """
    cors = aws.cloudfront.ResponseHeadersPolicyCorsConfigArgs(
        access_control_allow_credentials=False,
        access_control_allow_headers=aws.cloudfront.ResponseHeadersPolicyCorsConfigAccessControlAllowHeadersArgs(
            items=["*"]
        ),
        access_control_allow_methods=aws.cloudfront.ResponseHeadersPolicyCorsConfigAccessControlAllowMethodsArgs(
            items=["GET", "HEAD"]
        ),
        access_control_allow_origins=aws.cloudfront.ResponseHeadersPolicyCorsConfigAccessControlAllowOriginsArgs(
            items=[f"https://*.{domain}"]
        ),
        origin_override=True,
    )
    cache_control = aws.cloudfront.ResponseHeadersPolicyCustomHeadersConfigArgs(
        items=[
            aws.cloudfront.ResponseHeadersPolicyCustomHeadersConfigItemArgs(
                header="Cache-Control", value=IMMUTABLE, override=True
            )
        ]
    )
    return aws.cloudfront.ResponseHeadersPolicy(
        name,
        name=policy_name,
        cors_config=cors,
        security_headers_config=_security(),
        custom_headers_config=cache_control if immutable else None,
        opts=opts,
    )


def _security() -> aws.cloudfront.ResponseHeadersPolicySecurityHeadersConfigArgs:
    return aws.cloudfront.ResponseHeadersPolicySecurityHeadersConfigArgs(
        content_type_options=(
            aws.cloudfront.ResponseHeadersPolicySecurityHeadersConfigContentTypeOptionsArgs(override=True)
        ),
        frame_options=aws.cloudfront.ResponseHeadersPolicySecurityHeadersConfigFrameOptionsArgs(
            frame_option="DENY", override=True
        ),
        referrer_policy=aws.cloudfront.ResponseHeadersPolicySecurityHeadersConfigReferrerPolicyArgs(
            referrer_policy="strict-origin-when-cross-origin", override=True
        ),
        strict_transport_security=(
            aws.cloudfront.ResponseHeadersPolicySecurityHeadersConfigStrictTransportSecurityArgs(
                access_control_max_age_sec=YEAR_SECONDS,
                include_subdomains=False,
                preload=False,
                override=True,
            )
        ),
    )
