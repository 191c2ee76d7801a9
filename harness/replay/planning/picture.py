"""A plan's picture: runtime and device-hours over workers."""

from __future__ import annotations

from pathlib import Path

from harness.replay.planning.answers import KIND, Answers


def draw(answers: Answers, title: str, path: Path) -> bool:
    """Draw the cells whose times are known; return whether there are any."""
    from matplotlib.figure import Figure

    timed = answers.table[answers.table["runtime_s"].notna()]
    if timed.empty:
        return False
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    axes = figure.subplots(1, 2)
    for (precision, backend, algo, ranks), own in timed.groupby(KIND):
        ordered = own.sort_values("workers")
        label = f"{backend} {algo} {precision}, {ranks} ranks"
        for axis, name in zip(axes, ("runtime_s", "device_hours"), strict=True):
            axis.plot(ordered["workers"], ordered[name], marker="o", label=label)
            axis.fill_between(
                ordered["workers"], ordered[f"{name}_low"], ordered[f"{name}_high"], alpha=0.15
            )
    for axis, text in zip(axes, ("runtime, virtual seconds", "device-hours"), strict=True):
        axis.set_xscale("log", base=2)
        axis.set_yscale("log")
        axis.set_xlabel("workers")
        axis.set_ylabel(text)
    axes[0].legend(fontsize="small")
    figure.suptitle(title, fontsize="medium")
    figure.savefig(path, dpi=150)
    return True
