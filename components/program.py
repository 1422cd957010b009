"""Settings of a program that the platform runs beside its own services."""

from .compute.settings import TaskSize
from .field_types import FargateCpu, ImageReference, MemoryMib


class Program(TaskSize):
    """A program: its image, and how large its task is."""

    image: ImageReference
    """an image with a tag other than latest, or with a sha256:... digest"""
    cpu: FargateCpu = 2048
    memory_mib: MemoryMib = 4096
