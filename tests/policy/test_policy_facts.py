"""Facts about AWS that the pack has on its own, as it knows nothing of the program: both are equal."""

from components.regions import TLS_POLICIES
from policy.pack.settings import Settings


def test_a_listener_may_have_the_tls_policies_that_can_be_set() -> None:
    assert Settings().tls_policies == TLS_POLICIES
