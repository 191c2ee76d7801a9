"""How an engine is installed."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, metadata, requires

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

OWN_PACKAGE = "hpo-harness"


def install_command(backend: str, engine: str) -> str:
    """Return what installs a backend's engine: the harness' own extra, or the engine itself.

    An engine that the extra leaves out on this Python, because its own requirements cannot be
    met here, is installed without them.
    """
    try:
        extras = metadata(OWN_PACKAGE).get_all("Provides-Extra") or []
        required = [Requirement(text) for text in requires(OWN_PACKAGE) or []]
    except PackageNotFoundError:
        extras, required = [], []
    if backend not in extras:
        return f"pip install {engine}"
    command = f"pip install '{OWN_PACKAGE}[{backend}]'"
    for own in required:
        applies = own.marker is None or own.marker.evaluate({"extra": backend})
        if canonicalize_name(own.name) == canonicalize_name(engine) and not applies:
            return f"{command} && pip install --no-deps '{own.name}{own.specifier}'"
    return command
