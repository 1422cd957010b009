"""What Route 53 refuses of records: of failover pairs, of aliases of load balancers, and of what is there."""

from collections.abc import Iterator
from typing import Any

from local.aws.aliases import load_balancer
from local.aws.call import Call
from local.aws.errors import AwsError
from local.aws.refusals.registry import refuses

Record = dict[str, Any]
_BALANCER_SUFFIX = ".elb.amazonaws.com"


@refuses("route53", "ChangeResourceRecordSets")
def record_exists(call: Call) -> None:
    """CREATE is for new records only; UPSERT takes over what is there."""
    zone = call.backend("route53").get_hosted_zone(call.params["HostedZoneId"])
    there = {_key({"Name": e.name, "Type": e.type, "SetIdentifier": e.set_identifier}) for e in zone.rrsets}
    for change in call.params["ChangeBatch"]["Changes"]:
        record, key = change["ResourceRecordSet"], _key(change["ResourceRecordSet"])
        if change["Action"] == "CREATE" and key in there:
            about = f"name='{record['Name']}', type='{record['Type']}'"
            message = f"[Tried to create resource record set [{about}] but it already exists]"
            raise AwsError("InvalidChangeBatch", message)
        # A batch may delete a record and create it anew.
        (there.discard if change["Action"] == "DELETE" else there.add)(key)


@refuses("route53", "ChangeResourceRecordSets")
def failover_pairs(call: Call) -> None:
    """A name has one primary and one secondary, and no plain record beside them."""
    for record, beside in _changed(call):
        failover, identifier = record.get("Failover"), record.get("SetIdentifier")
        about = f"RRSet with DNS name {record['Name']}, type {record['Type']}"
        if failover and not identifier:
            raise AwsError("InvalidInput", f"Invalid request: Missing field 'SetIdentifier' in {about}")
        for other in beside:
            if failover and other.get("Failover") == failover and other["SetIdentifier"] != identifier:
                message = (
                    f"[{about}, SetIdentifier {identifier} cannot be created, because there is a "
                    f"{failover} record with SetIdentifier {other['SetIdentifier']} already]"
                )
                raise AwsError("InvalidChangeBatch", message)
            if bool(identifier) != bool(other.get("SetIdentifier")):
                message = (
                    f"[{about}, SetIdentifier {identifier or 'null'} cannot be created as a record with "
                    "another routing policy exists with the same name and type]"
                )
                raise AwsError("InvalidChangeBatch", message)


@refuses("route53", "ChangeResourceRecordSets")
def health_check(call: Call) -> None:
    """A record follows a check that is there."""
    known = call.backend("route53").health_checks
    for record, _ in _changed(call):
        if record.get("HealthCheckId") and record["HealthCheckId"] not in known:
            message = f"No health check exists with the specified ID {record['HealthCheckId']}"
            raise AwsError("NoSuchHealthCheck", message)


@refuses("route53", "ChangeResourceRecordSets")
def alias_of_load_balancer(call: Call) -> None:
    """A load balancer that is there, in the zone of its region."""
    for record, _ in _changed(call):
        target = record.get("AliasTarget")
        if target is None or not target["DNSName"].rstrip(".").endswith(_BALANCER_SUFFIX):
            continue
        name, zone = target["DNSName"], target["HostedZoneId"]
        about = f"Tried to create an alias that targets {name}, type {record['Type']} in zone {zone}"
        balancer = load_balancer(name)
        if balancer is None:
            raise AwsError("InvalidChangeBatch", f"[{about}, but that target was not found]")
        if balancer.canonical_hosted_zone_id != zone:
            message = f"[{about}, but the alias target name does not lie within the target zone]"
            raise AwsError("InvalidChangeBatch", message)


def _changed(call: Call) -> Iterator[tuple[Record, list[Record]]]:
    """Each record that the call sets, with the others of its name and type."""
    zone = call.backend("route53").get_hosted_zone(call.params["HostedZoneId"])
    records = {
        _key(record): record
        for record in (
            {"Name": e.name, "Type": e.type, "SetIdentifier": e.set_identifier, "Failover": e.failover}
            for e in zone.rrsets
        )
    }
    for change in call.params["ChangeBatch"]["Changes"]:
        record = change["ResourceRecordSet"]
        if change["Action"] == "DELETE":
            records.pop(_key(record), None)
            continue
        key = _key(record)
        yield record, [each for other, each in records.items() if other[:2] == key[:2] and other != key]
        records[key] = record


def _key(record: Record) -> tuple[str, str, str]:
    return record["Name"].rstrip(".").lower(), record["Type"], record.get("SetIdentifier") or ""
