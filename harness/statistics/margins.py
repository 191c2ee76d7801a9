"""What a study takes for no difference."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

STOPPING_FILE = "stopping.json"
"""What a study leaves that goes on until its questions are decided."""


class Margins(BaseModel):
    """Differences up to these count as none; 0 makes everything a difference.

    Attributes
    ----------
    time
        A fraction of a time or of another cost.
    accuracy
        A difference of a metric that is best where it is largest; 0.01 is a percentage
        point of accuracy.
    error
        A fraction of a metric that is best where it is smallest.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    time: float = Field(default=0.02, ge=0, allow_inf_nan=False)
    accuracy: float = Field(default=0.01, ge=0, allow_inf_nan=False)
    error: float = Field(default=0.02, ge=0, allow_inf_nan=False)

    def narrowest(self, other: Margins) -> Margins:
        """Return the smaller one of each."""
        return Margins(
            time=min(self.time, other.time),
            accuracy=min(self.accuracy, other.accuracy),
            error=min(self.error, other.error),
        )
