"""Kinds of CloudFront, which deletes a thing only for who names its present version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.unfinished.finders import Clients, Resource, Target


@dataclass(frozen=True)
class OfCloudFront:
    """A kind that the list of its kind shows by name or comment.

    Attributes:
        noun: What it is called in the names of calls, such as `distribution`.
        plural: The same of the call that lists.
        document: Fields from an entry of the list down to what tells one from another; the first holds the
            entry's id if there are two.
        source: The input that the last field must equal.
    """

    noun: str
    plural: str
    document: tuple[str, ...]
    source: str

    def discard(self, clients: Clients, target: Target, owned: Sequence[Resource]) -> list[str]:
        """Turn off and delete those that match and are in no state; return their ids."""
        client = clients("cloudfront", target.region)
        kept = {other["id"] for other in owned if other.get("id")}
        (listed,) = (
            value
            for name, value in getattr(client, f"list_{self.plural}")().items()
            if name != "ResponseMetadata"
        )
        ids = [
            id_
            for id_, told in map(self._identified, listed.get("Items", []))
            if id_ not in kept and told == target.inputs[self.source]
        ]
        for id_ in ids:
            found = getattr(client, f"get_{self.noun}")(Id=id_)
            if self.noun == "distribution":
                config = found["Distribution"]["DistributionConfig"] | {"Enabled": False}
                found = client.update_distribution(Id=id_, IfMatch=found["ETag"], DistributionConfig=config)
                client.get_waiter("distribution_deployed").wait(Id=id_)
            getattr(client, f"delete_{self.noun}")(Id=id_, IfMatch=found["ETag"])
        return ids

    def _identified(self, entry: Mapping[str, Any]) -> tuple[str, object]:
        *outer, last = self.document
        holder: Mapping[str, Any] = entry[outer[0]] if outer else entry
        told = holder
        for name in outer[1:]:
            told = told[name]
        return holder["Id"], told[last]
