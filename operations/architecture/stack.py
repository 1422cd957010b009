"""What a picture shows of a stack: from AWS's own types and inputs, never from the names of components."""

from collections.abc import Mapping, Sequence

from operations.architecture.network import CLIENTS, DATABASE, Network
from operations.architecture.picture import Arrow, Box, Picture, Place
from operations.architecture.reading import Resources, of_stack, region_name, slug, sources
from operations.plan.model import Resource

BUCKET = "aws:s3/bucket:Bucket"
BACKUPS = "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication"


def picture(stacks: Mapping[str, Sequence[Resource]], *, outline: bool = False) -> Picture:
    """Return the picture of stacks.

    Args:
        stacks: Resources of each stack, by its name.
        outline: Without what only operators use: observability and its files.
    """
    found = Picture(boxes=[CLIENTS])
    drawn = {name: Stack(name, Resources(resources), outline=outline) for name, resources in stacks.items()}
    for each in drawn.values():
        each.draw(found, drawn)
    return found


class Stack:
    """One stack of a picture.

    Args:
        name: Its name.
        resources: Its resources.
        outline: See `picture`.
    """

    def __init__(self, name: str, resources: Resources, *, outline: bool) -> None:
        self.name = name
        self.resources = resources
        self.network = Network(name, resources, outline=outline)

    def draw(self, found: Picture, stacks: Mapping[str, "Stack"]) -> None:
        """Add this stack to a picture of these."""
        found.boxes += self.network.boxes()
        found.arrows += self.network.requests()
        self._names(found)
        self._cdn(found)
        self._buckets(found)
        self._backups(found)
        self._other_stacks(found, stacks)

    def _names(self, found: Picture) -> None:
        records = {
            (each.inputs["name"], ", ".join(item["type"] for item in policies), target)
            for each in self.resources.of("aws:route53/record:Record")
            for policies in [each.inputs.get("failoverRoutingPolicies", [])]
            for alias in each.inputs.get("aliases", [])
            # The names without are asked by health checks only.
            if alias["evaluateTargetHealth"]
            for urn in sources(alias["name"])
            if (target := self.network.box_of(urn))
        }
        names = tuple(sorted({name for name, _, _ in records}))
        # A stack and its standby share the names.
        box = Box(id=slug("names", *names[:1]), title="Route 53", lines=names)
        if found.add(box):
            found.arrows.append(Arrow(source=CLIENTS.id, target=box.id, label="DNS"))
        for policy, target in sorted({(policy, target) for _, policy, target in records}):
            label = f"failover: {policy.lower()}" if policy else ""
            found.arrows.append(Arrow(source=box.id, target=target, label=label, behind=True))

    def _cdn(self, found: Picture) -> None:
        for each in self.resources.of("aws:cloudfront/distribution:Distribution"):
            firewall = ["AWS WAF"] if "webAclId" in each.inputs else []
            box = Box(
                id=slug(self.name, "cdn"), title="CloudFront", lines=(*each.inputs["aliases"], *firewall)
            )
            found.boxes.append(box)
            found.arrows.append(Arrow(source=CLIENTS.id, target=box.id, label="443"))
            origins = {item["domainName"].partition(".s3.")[0] for item in each.inputs["origins"]}
            buckets = [item for item in self.resources.of(BUCKET) if item.inputs["bucket"] in origins]
            for region in sorted({item.region or "" for item in buckets}):
                found.arrows.append(Arrow(source=box.id, target=self._buckets_in(region), label="443"))

    def _buckets(self, found: Picture) -> None:
        buckets = {each.inputs["bucket"]: each for each in self.resources.of(BUCKET)}
        for region in sorted({each.region or "" for each in buckets.values()}):
            kinds = sorted(self._kind(each) for each in buckets.values() if each.region == region)
            title = f"{self.name}: S3 buckets"
            found.boxes.append(
                Box(
                    id=self._buckets_in(region),
                    title=title,
                    lines=tuple(kinds),
                    inside=_inside(region),
                    data=True,
                )
            )
        copied: dict[tuple[str, str], set[str]] = {}
        for each in self.resources.of("aws:s3/bucketReplicationConfig:BucketReplicationConfig"):
            bucket = buckets[each.inputs["bucket"]]
            for urn in sources([rule["destination"]["bucket"] for rule in each.inputs["rules"]]):
                way = bucket.region or "", self.resources[urn].region or ""
                copied.setdefault(way, set()).add(self._kind(bucket))
        for (source, target), copies in sorted(copied.items()):
            both = copied.get((target, source)) == copies
            if both and source > target:
                continue
            found.arrows.append(
                Arrow(
                    source=self._buckets_in(source),
                    target=self._buckets_in(target),
                    label=f"replication: {', '.join(sorted(copies))}",
                    behind=True,
                    both=both,
                )
            )

    def _backups(self, found: Picture) -> None:
        for each in self.resources.of(BACKUPS):
            title = f"{self.name}: automated backups of RDS"
            box = Box(
                id=slug(self.name, "backups"), title=title, inside=_inside(each.region or ""), data=True
            )
            found.boxes.append(box)
            found.arrows.append(
                Arrow(source=self.network.database, target=box.id, label="replication", behind=True)
            )

    def _other_stacks(self, found: Picture, stacks: Mapping[str, "Stack"]) -> None:
        for each in self.resources.of(DATABASE):
            if other := of_stack(each.inputs.get("replicateSourceDb")):
                source = stacks[other].network.database if other in stacks else _undrawn(found, other)
                label = "replication to a read replica"
                found.arrows.append(
                    Arrow(source=source, target=self.network.database, label=label, behind=True)
                )
        for each in self.resources.of("aws:ec2/vpcPeeringConnection:VpcPeeringConnection"):
            other = of_stack(each.inputs["peerVpcId"])
            target = stacks[other].network.place.id if other in stacks else _undrawn(found, other)
            source = self.network.place.id
            found.arrows.append(
                Arrow(source=source, target=target, label="VPC peering", behind=True, both=True)
            )

    def _kind(self, bucket: Resource) -> str:
        """Return the name of a bucket without what all of them have in theirs."""
        name: str = bucket.inputs["bucket"]
        project = bucket.urn.split("::")[1]
        return (
            name.removeprefix(f"{project}-").removesuffix(f"-{bucket.region}").removesuffix(f"-{self.name}")
        )

    def _buckets_in(self, region: str) -> str:
        return slug(self.name, "buckets", region)


def _inside(region: str) -> tuple[Place]:
    return (Place(id=slug(region), title=region_name(region)),)


def _undrawn(found: Picture, name: str) -> str:
    """Return the id of a box for a stack that is not in the picture."""
    box = Box(id=slug("stack", name), title=f"Stack {name}")
    found.add(box)
    return box.id
