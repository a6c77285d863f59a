"""What a speed was measured on: no host names, no paths."""

import importlib.metadata
import os
import pathlib
import platform

PACKAGES = (
    "attention-zoo",
    "tensorflow",
    "tensorflow-text",
    "keras",
    "keras-hub",
    "ai-edge-litert",
    "sentencepiece",
    "numpy",
)


def describe_machine(packages=PACKAGES):
    """The machine, the system and the versions of packages, JSON-ready.

    `load_average` is of the last minute: what is well above 0 before a measurement
    took its time from it.
    """
    return {
        "cpu": _cpu(),
        "architecture": platform.machine(),
        "cores": os.cpu_count(),
        "memory_gb": round(_memory_bytes() / 1e9, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in packages},
        "load_average": round(os.getloadavg()[0], 2),
    }


def _cpu():
    """The CPU's name, with its family and model where the name says little."""
    path = pathlib.Path("/proc/cpuinfo")
    if not path.is_file():
        return platform.processor() or "unknown"
    fields = {}
    for line in path.read_text("utf-8", errors="replace").splitlines():
        name, _, value = line.partition(":")
        fields.setdefault(name.strip(), value.strip())
    name = fields.get("model name") or platform.processor() or "unknown"
    if {"cpu family", "model"} <= fields.keys():
        name += f" (family {fields['cpu family']}, model {fields['model']})"
    return name


def _memory_bytes():
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _version(package):
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
