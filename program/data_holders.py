"""What holds data is made once: an update that would make it anew, and empty, stops.

Why so, and what else was weighed: docs/adr/0035.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import partial

import pulumi

OUTPUT = "dataHolders"
# Inputs that fill what is created from something that is there already; the last one is of the copies of an
# instance's backups, which a restore and the way back from a failover end and the next update makes anew.
SOURCES = frozenset(
    {"replicateSourceDb", "snapshotIdentifier", "restoreToPointInTime", "sourceDbInstanceArn"}
)


@dataclass
class DataHolders:
    """The protected resources of the stack: those that it had at the end of the last update, and has now.

    Attributes:
        known: Ids that the last update ended with, by type and name.
        given_up: Ids of those that may be made anew.
    """

    known: Mapping[str, str]
    given_up: Collection[str]
    _resources: dict[str, pulumi.Resource] = field(default_factory=dict)

    @classmethod
    async def watch(cls, given_up: Collection[str], own_outputs: pulumi.StackReference) -> "DataHolders":
        """Read what the stack's own outputs say, and watch what is declared from here on.

        Args:
            given_up: Ids of what is gone and may be made anew, empty.
            own_outputs: What the last update of the stack ended with.
        """
        last = await own_outputs.get_output_details(OUTPUT)
        known = {key: identity for key, identity in (last.secret_value or {}).items() if identity}
        holders = cls(known=known, given_up=given_up)
        # Before the first update nothing can be gone.
        if given_up:
            # The id of a bucket or a cache is its name, which the next one has too.
            pulumi.log.warn(
                f"mpac:givenUp lets {', '.join(given_up)} be made anew, empty, at every update: "
                "take out each that is there again."
            )
        hook = holders.known and pulumi.ResourceHook(
            "data-holder-is-gone", holders.refuse, pulumi.ResourceHookOptions(on_dry_run=True)
        )

        def note(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
            if not args.opts.protect:
                return None
            key = key_of(args.type_, args.name)
            holders._resources[key] = args.resource
            if not hook or key not in holders.known:
                return None
            hooks = pulumi.ResourceHookBinding(before_create=[hook])
            return pulumi.ResourceTransformationResult(
                args.props, pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(hooks=hooks))
            )

        pulumi.runtime.register_stack_transformation(note)
        return holders

    def refuse(self, args: pulumi.ResourceHookArgs) -> None:
        """Stop before something is created that was there: the engine replaces nothing that is protected.

        Raises:
            RuntimeError: It would be empty.
        """
        identity = self.known[key_of(args.type, args.name)]
        if identity in self.given_up or SOURCES & (args.new_inputs or {}).keys():
            return
        raise RuntimeError(
            f"{args.name} ({args.type}) is protected, was here as {identity} and is gone. A new one would "
            "have nothing of it, so none is made. Find out who deleted it, then go by docs/restore.md. If it "
            f'is given up for good, say so in Pulumi.{pulumi.get_stack()}.yaml: mpac:givenUp: ["{identity}"]'
        )

    def export(self) -> None:
        """Say at the end what there is, for the next update.

        What could not be made in this one, or was left out of it, has no id: it keeps the one that it had.
        """
        ids = {
            key: resource.id.apply(partial(self._or_known, key), run_with_unknowns=True)
            for key, resource in sorted(self._resources.items())
            if isinstance(resource, pulumi.CustomResource)
        }
        # Nothing in it is secret, but `pulumi up` prints what is not: a hundred lines.
        pulumi.export(OUTPUT, pulumi.Output.secret(ids))

    def _or_known(self, key: str, identity: object) -> str | None:
        return identity if isinstance(identity, str) else self.known.get(key)


def own_outputs() -> pulumi.StackReference:
    """What the last update of this very stack ended with."""
    return pulumi.StackReference(f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}")


def key_of(type_: str, name: str) -> str:
    """Tell resources apart as their URNs end."""
    return f"{type_}::{name}"
