"""Text of configuration files."""

from typing import Any

import yaml


class _Dumper(yaml.SafeDumper):
    """Writes no anchors: every part stands where it is used."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ANN401, ARG002  PyYAML's own type
        return True


def to_yaml(document: dict[str, Any]) -> str:
    """Write a document in the order in which it is given."""
    text: str = yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=110)
    return text
