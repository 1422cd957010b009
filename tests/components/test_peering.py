"""The peering of Osaka's network with Tokyo's."""

from dataclasses import replace

import pytest

from components.network.peering import PeeredNetwork, VpcPeering, VpcPeeringArgs
from tests.components.contexts import CONTEXT, OSAKA, PLAIN, TOKYO
from tests.components.recording import Registration, of_type, only, record

ROUTE = "aws:ec2/route:Route"
CONNECTION = "aws:ec2/vpcPeeringConnection:VpcPeeringConnection"
ACCEPTER = "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter"
OPTIONS = "aws:ec2/peeringConnectionOptions:PeeringConnectionOptions"

ARGS = VpcPeeringArgs(
    context=replace(CONTEXT, environment="dr", region=OSAKA, standby=None),
    vpc_id="vpc-osaka",
    cidr="10.1.0.0/16",
    route_table_ids={"private-3a": "rtb-3a", "private-3b": "rtb-3b", "database": "rtb-3db"},
    accepter=PeeredNetwork(
        environment="prod",
        region="ap-northeast-1",
        vpc_id="vpc-tokyo",
        cidr="10.0.0.0/16",
        route_table_ids={"private-1a": "rtb-1a", "private-1c": "rtb-1c", "database": "rtb-1db"},
    ),
)


@pytest.fixture(scope="module")
def peering() -> list[Registration]:
    return record(lambda: VpcPeering("peering", ARGS))


def test_osaka_requests_the_connection_from_tokyo(peering: list[Registration]) -> None:
    connection = only(peering, CONNECTION)
    assert connection.inputs["vpcId"] == "vpc-osaka"
    assert connection.inputs["peerVpcId"] == "vpc-tokyo"
    assert connection.inputs["peerRegion"] == "ap-northeast-1"
    assert connection.region is None
    # AWS refuses automatic acceptance, and options beside the resource of their own, across regions.
    assert not {"autoAccept", "requester", "accepter"} & connection.inputs.keys()


def test_tokyo_accepts(peering: list[Registration]) -> None:
    accepter = only(peering, ACCEPTER)
    assert accepter.region == TOKYO
    assert accepter.inputs["autoAccept"] is True
    assert only(peering, CONNECTION).urn in accepter.property_dependencies["vpcPeeringConnectionId"]


def test_each_side_resolves_the_names_of_the_other(peering: list[Registration]) -> None:
    options = {item.region: item.inputs for item in of_type(peering, OPTIONS).values()}
    assert len(of_type(peering, OPTIONS)) == 2
    assert options[None]["requester"] == {"allowRemoteVpcDnsResolution": True}
    assert "accepter" not in options[None]
    assert options[TOKYO]["accepter"] == {"allowRemoteVpcDnsResolution": True}
    assert "requester" not in options[TOKYO]


def test_every_table_on_both_sides_leads_to_the_other_side(peering: list[Registration]) -> None:
    connection = only(peering, CONNECTION)
    routes = {item.inputs["routeTableId"]: item for item in of_type(peering, ROUTE).values()}
    assert routes.keys() == {"rtb-3a", "rtb-3b", "rtb-3db", "rtb-1a", "rtb-1c", "rtb-1db"}
    for table in ("rtb-3a", "rtb-3b", "rtb-3db"):
        assert routes[table].inputs["destinationCidrBlock"] == "10.0.0.0/16"
        assert routes[table].region is None
    for table in ("rtb-1a", "rtb-1c", "rtb-1db"):
        assert routes[table].inputs["destinationCidrBlock"] == "10.1.0.0/16"
        assert routes[table].region == TOKYO
    assert all(
        connection.urn in item.property_dependencies["vpcPeeringConnectionId"] for item in routes.values()
    )


def test_options_and_routes_wait_for_the_acceptance(peering: list[Registration]) -> None:
    accepter = only(peering, ACCEPTER).urn
    waiting = [*of_type(peering, OPTIONS).values(), *of_type(peering, ROUTE).values()]
    assert len(waiting) == 8
    assert all(accepter in item.dependencies for item in waiting)


def test_an_outage_leaves_all_of_it_out_by_type(peering: list[Registration]) -> None:
    assert all("mpac:network:VpcPeering" in item.urn for item in peering)


def test_both_regions_views_have_a_name_of_their_own(peering: list[Registration]) -> None:
    assert only(peering, CONNECTION).inputs["tags"] == {"Name": "mpac-dr-peering"}
    assert only(peering, ACCEPTER).inputs["tags"] == {"Name": "mpac-dr-peering-accepter"}


def test_nothing_goes_missing_in_a_preview(peering: list[Registration]) -> None:
    preview = record(lambda: VpcPeering("peering", ARGS), preview=True)
    assert {item.urn for item in preview} == {item.urn for item in peering}


def test_two_stand_side_by_side_in_another_program() -> None:
    def program() -> None:
        for name in ("shops", "offices"):
            VpcPeering(name, replace(ARGS, context=PLAIN))

    connections = of_type(record(program), CONNECTION)
    assert [each.inputs["tags"]["Name"] for each in connections.values()] == [
        "acme-test-shops",
        "acme-test-offices",
    ]
