"""Whatever a program sends, its values stay what they are and its secrets do not."""

import json
from typing import Any

from google.protobuf.struct_pb2 import Struct
from hypothesis import given, settings
from hypothesis import strategies as st
from pulumi.runtime import rpc

from operations.plan.values import placeholders, plain

HIDDEN = "hidden text"
LEAVES = st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e6, 1e6) | st.text("abc<>#. ", max_size=9)
names = st.text("abc$", min_size=1, max_size=5)


def documents(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    values = st.recursive(
        leaves, lambda inner: st.lists(inner) | st.dictionaries(names, inner), max_leaves=12
    )
    return st.dictionaries(names, values)


def sent(document: dict[str, Any]) -> Struct:
    properties = Struct()
    properties.update(document)
    return properties


@settings(deadline=None)
@given(documents(LEAVES))
def test_what_is_known_and_open_stays_as_it_is(document: dict[str, Any]) -> None:
    assert plain(sent(document)) == document


@settings(deadline=None)
@given(
    documents(LEAVES | st.just(rpc.wrap_rpc_secret(HIDDEN)) | st.just(rpc.wrap_rpc_secret({"a": [HIDDEN]})))
)
def test_secrets_never_show(document: dict[str, Any]) -> None:
    assert HIDDEN not in json.dumps(plain(sent(document)))


@settings(deadline=None)
@given(documents(LEAVES | st.just({"$unknown": None}) | st.just({"$secret": True})))
def test_outputs_survive_the_way_through_another_stack(outputs: dict[str, Any]) -> None:
    received = plain(sent(placeholders(outputs, "prod")))

    def agree(given: object, got: object) -> bool:
        if isinstance(given, dict) and given.keys() & {"$unknown", "$secret"}:
            return isinstance(got, dict) and str(got["$unknown"]).startswith("prod#")
        if isinstance(given, dict):
            return isinstance(got, dict) and all(agree(given[name], got[name]) for name in given)
        if isinstance(given, list):
            return isinstance(got, list) and all(map(agree, given, got))
        return given == got

    assert agree(outputs, received)
