"""Settings of the whole process."""

from . import threads as threading
from .cache import disk_cache, set_disk_cache
from .function import functions_run_eagerly, run_functions_eagerly

__all__ = [
    "disk_cache",
    "functions_run_eagerly",
    "list_physical_devices",
    "run_functions_eagerly",
    "set_disk_cache",
    "threading",
]


class PhysicalDevice:
    """A device of this machine."""

    def __init__(self, name, device_type):
        self.name, self.device_type = name, device_type

    def __repr__(self):
        return f"PhysicalDevice(name={self.name!r}, device_type={self.device_type!r})"


def list_physical_devices(device_type=None):
    """The devices compiled code can run on: the CPU."""
    cpu = PhysicalDevice("/physical_device:CPU:0", "CPU")
    return [cpu] if device_type in (None, "CPU") else []
