"""Web application firewall."""

from components.firewall.web_acl import WebAcl, WebAclArgs

__all__ = ["WebAcl", "WebAclArgs"]
