"""Pictures as SVG text: every value is written at its bar, so that no axis is needed; matplotlib draws them.

matplotlib comes with the extra `charts`; a page is made without pictures where it is missing.
"""

from __future__ import annotations

import hashlib
import io
import re
from html import escape
from typing import Any

from ptedi.reports.practice.report import Picture, Shape

COLORS = ("#1f5f8b", "#e08e2b", "#6a8f3c", "#8c5a9e")
INK, PALE = "#26323c", "#d7dee4"
_STYLE: Any = {"svg.fonttype": "none", "font.size": 10.5, "text.color": INK, "xtick.color": INK, "ytick.color": INK,
          "font.family": ["sans-serif"], "axes.edgecolor": PALE, "text.parse_math": False}  # fmt: skip
_WIDTH = 10.0  # inches: at the width of the page its letters are as large as those of the tables
_HEAD = re.compile(r'<svg[^>]*?viewBox="([^"]*)"[^>]*>', re.DOTALL)
_METADATA = re.compile(r"<metadata>.*?</metadata>", re.DOTALL)


def available() -> bool:
    """Whether matplotlib is installed."""
    try:
        import matplotlib  # noqa: PLC0415 - an extra
    except ImportError:
        return False
    return bool(matplotlib)


def svg(picture: Picture) -> str:
    """A picture as an `svg` element that scales with its page and tells its content to a screen reader."""
    import matplotlib  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    salt = hashlib.sha256(picture.alt.encode()).hexdigest()[:12]  # ids of several pictures on one page must differ
    with matplotlib.rc_context(_STYLE | {"svg.hashsalt": salt}):
        bars = picture.shape is Shape.BARS
        figure = Figure(figsize=(_WIDTH, 0.42 * len(picture.labels) + 0.5 if bars else 3.4), layout="constrained")
        axes = figure.add_subplot()
        (_bars if bars else _columns)(axes, picture)
        for side in ("top", "right", "bottom" if bars else "left"):
            axes.spines[side].set_visible(False)
        text = io.StringIO()
        figure.savefig(text, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return _dressed(_METADATA.sub("", text.getvalue()), picture, salt)


def _bars(axes: Any, picture: Picture) -> None:
    (values,) = picture.series.values()
    places = range(len(values))
    drawn = axes.barh(places, values, color=COLORS[0], height=0.66)
    axes.bar_label(drawn, [picture.word(v) for v in values], padding=5)
    axes.set_yticks(places, picture.words)
    axes.set_ylim(len(values) - 0.5, -0.5)  # the first on top, a single bar no thicker than many
    axes.tick_params(length=0)
    axes.set_xticks([])
    low, high = min(*values, 0), max(*values, 1)
    axes.set_xlim(low * 1.12, high * 1.12)


def _columns(axes: Any, picture: Picture) -> None:
    places = range(len(picture.labels))
    below = [0] * len(picture.labels)
    for color, (name, values) in zip(COLORS, picture.series.items(), strict=False):
        axes.bar(places, values, bottom=below, color=color, width=0.62, label=name)
        below = [b + v for b, v in zip(below, values, strict=True)]
    highest = max(*below, 1)
    for place, whole in zip(places, below, strict=True):
        if not whole:
            continue
        axes.annotate(picture.word(whole), (place, max(whole, 0)), xytext=(0, 4), textcoords="offset points",
                      ha="center", va="bottom", fontsize=9.5)  # fmt: skip
    axes.set_xticks(places, picture.words)
    axes.tick_params(length=0)
    axes.set_yticks([])
    axes.set_ylim(min(*below, 0), highest * 1.15)
    if len(picture.series) > 1:
        axes.legend(frameon=False, loc="upper right", ncols=len(picture.series))


def _dressed(text: str, picture: Picture, salt: str) -> str:
    """The element alone, without a size of its own, with its title and its content in words."""
    text = text[text.index("<svg") :]
    head = _HEAD.match(text)
    assert head is not None  # noqa: S101 - matplotlib always writes a viewBox
    label = f'role="img" aria-labelledby="t{salt} d{salt}"'
    start = (f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
             f'viewBox="{head[1]}" {label}><title id="t{salt}">{escape(picture.title)}</title>'
             f'<desc id="d{salt}">{escape(picture.alt)}</desc>')  # fmt: skip
    return start + text[head.end() :].strip()
