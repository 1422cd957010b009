"""What a picture consists of."""

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Place:
    """Something that others are inside: a region, a VPC, a tier of subnets."""

    id: str
    title: str


@dataclass(frozen=True, kw_only=True)
class Box:
    """Something that is drawn.

    Attributes:
        id: Its name in the picture, of letters, digits and underscores.
        title: What it is.
        lines: What it consists of.
        inside: Where it is, from the outermost: region, VPC, tier. Empty for what AWS has in no region.
        data: Whether it holds data.
    """

    id: str
    title: str
    lines: tuple[str, ...] = ()
    inside: tuple[Place, ...] = ()
    data: bool = False


@dataclass(frozen=True, kw_only=True)
class Arrow:
    """A flow between two boxes or places, by their ids.

    Attributes:
        source: Where it begins.
        target: Where it goes.
        label: Ports, or what flows.
        behind: Whether it is no request of clients and services: names, replication, peering.
        both: Whether it goes in both directions.
    """

    source: str
    target: str
    label: str = ""
    behind: bool = False
    both: bool = False


@dataclass
class Picture:
    """Boxes and arrows of one stack or of several."""

    boxes: list[Box] = field(default_factory=list)
    arrows: list[Arrow] = field(default_factory=list)

    def add(self, box: Box) -> bool:
        """Add a box, and say whether it is new: what stacks share is one."""
        if box in self.boxes:
            return False
        self.boxes.append(box)
        return True
