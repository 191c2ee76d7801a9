"""Which cells can run on this machine, with these engines and these data."""

from __future__ import annotations

from collections.abc import Mapping

from harness.config import RunConfig
from harness.errors import RequestError
from harness.machine.hardware import Hardware
from harness.search.resolve import resolve
from harness.study.blocks import SEEDS


class Feasibility:
    """Answers whether a run could start here; it remembers its answers.

    Parameters
    ----------
    hardware
        The machine.
    environ
        The environment; ``HARNESS_DATA`` is the data root if none is asked for.
    """

    def __init__(self, hardware: Hardware, environ: Mapping[str, str]) -> None:
        self._hardware = hardware
        self._environ = environ
        self._reasons: dict[str, str | None] = {}

    def refusal(self, config: RunConfig) -> str | None:
        """Return why a run would be refused here, or None."""
        # No refusal depends on the seed, and looking at data takes time.
        request = config.model_copy(update=dict.fromkeys(SEEDS) | {"seed": 0})
        key = request.model_dump_json()
        if key not in self._reasons:
            self._reasons[key] = self._ask(request)
        return self._reasons[key]

    def _ask(self, config: RunConfig) -> str | None:
        try:
            resolve(config, self._hardware, self._environ)
        except RequestError as error:
            return str(error)
        return None
