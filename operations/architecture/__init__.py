"""Pictures of the stacks, drawn from their recorded plans.

Text for Mermaid, which lays the picture out: GitHub shows it in place, a change of it is a change of lines in
a pull request, and the same plan gives the same text on every machine. Graphviz, and `diagrams` on top of it,
make images: they want a program installed, differ from one version of it to the next, and say nothing in a
diff. GitHub does not show D2.
"""

from operations.architecture.mermaid import render
from operations.architecture.picture import Picture
from operations.architecture.stack import picture

__all__ = ["Picture", "picture", "render"]
