"""What a speed was measured on: no host names, no paths."""

import importlib.metadata
import os
import pathlib
import platform

import zoo

_PACKAGES = (
    "tensorflow",
    "tensorflow-text",
    "keras",
    "keras-hub",
    "ai-edge-litert",
    "sentencepiece",
    "numpy",
)


def describe_machine():
    """The machine, the system and the packages' versions, JSON-ready."""
    return {
        "cpu": _cpu(),
        "architecture": platform.machine(),
        "cores": os.cpu_count(),
        "memory_gb": round(_memory_bytes() / 1e9, 1),
        # Kernels are often named after the machines they are built for.
        "system": f"{platform.system()} {'.'.join(platform.release().split('.')[:2])}",
        "python": platform.python_version(),
        "packages": {
            "attention-zoo": zoo.__version__,
            **{name: _version(name) for name in _PACKAGES},
        },
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
