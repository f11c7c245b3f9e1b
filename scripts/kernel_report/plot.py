"""The ladder as an SVG picture: TFLOP/s over the size, one line a rung, readable on light and dark pages.

No fonts and no scripts from outside; a reader's colour scheme is followed by a style rule inside the picture.
"""
import math
from xml.sax.saxutils import escape

from . import ladder
from .text import three_digits

WIDTH, HEIGHT = 900, 520
LEFT, RIGHT, TOP, BOTTOM = 64, 672, 56, 460
FAMILIES = {"plain": "without tensor cores", "tensor": "tensor cores, sm_80", "wgmma": "wgmma and TMA, sm_90a",
            "choice": "by shape", "peer": "NVIDIA's library"}
LIGHT = {"plain": "#6b7280", "tensor": "#1d4ed8", "wgmma": "#b45309", "choice": "#15803d", "peer": "#111827"}
DARK = {"plain": "#9ca3af", "tensor": "#7aa2f7", "wgmma": "#f0a04b", "choice": "#5fd38a", "peer": "#f3f4f6"}
DASHES = ("", "7 4", "2 4", "10 3 2 3", "1 3")  # tells the lines of a family apart, with the marker
MARKERS = ("circle", "square", "triangle", "diamond", "cross")

STYLE = """
  text { font: 13px sans-serif; fill: #1f2937; } .title { font-size: 16px; font-weight: bold; } .family { font-weight: bold; }
  .page { fill: #ffffff; } .grid { stroke: #d1d5db; stroke-width: 1; } .line { fill: none; stroke-width: 2; }
%s
  @media (prefers-color-scheme: dark) {
    text { fill: #e5e7eb; } .page { fill: #0d1117; } .grid { stroke: #374151; }
%s
  }
"""


def colours(of):
    return "\n".join(f"  .{name} {{ stroke: {colour}; }} .mark.{name} {{ fill: {colour}; }}" for name, colour in of.items())


def x_of(size, sizes):
    low, high = math.log2(min(sizes)), math.log2(max(sizes))
    return (LEFT + RIGHT) / 2 if high == low else LEFT + (math.log2(size) - low) / (high - low) * (RIGHT - LEFT)


def top_of(highest):
    """A round end of the axis above the highest value, and the distance of its lines."""
    step = next(one * 10**power for power in range(-3, 6) for one in (1, 2, 5) if one * 10**power * 8 >= highest)
    return math.ceil(highest / step) * step, step


def marker(shape, x, y, family):
    d = 4
    if shape == "circle":
        return f'<circle class="mark {family}" cx="{x:.1f}" cy="{y:.1f}" r="{d}"/>'
    corners = {"square": [(-d, -d), (d, -d), (d, d), (-d, d)], "triangle": [(0, -d - 1), (d + 1, d), (-d - 1, d)],
               "diamond": [(0, -d - 2), (d + 2, 0), (0, d + 2), (-d - 2, 0)]}
    if shape == "cross":
        return f'<path class="line {family}" d="M{x - d:.1f} {y - d:.1f}l{2 * d} {2 * d}m0 {-2 * d}l{-2 * d} {2 * d}"/>'
    return f'<polygon class="mark {family}" points="{" ".join(f"{x + a:.1f},{y + b:.1f}" for a, b in corners[shape])}"/>'


def curve(points, family, dash, shape):
    """One rung. A size without a number (rejected, not taken) breaks the line."""
    parts, open_ = [], False
    for point in points:
        if point is None:
            open_ = False
            continue
        parts.append(f"{'L' if open_ else 'M'}{point[0]:.1f} {point[1]:.1f}")
        open_ = True
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return [f'<path class="line {family}"{dashes} d="{" ".join(parts)}"/>',
            *(marker(shape, *point, family) for point in points if point)]


def draw(rows, device):
    """The picture as text, or None where the record has no rung with a number."""
    found = ladder.rungs_of(rows)
    values = {name: {size: ladder.tflops(row) for size, row in of.items() if not row.is_rejected} for name, of in found.items()}
    values = {name: of for name, of in values.items() if of}
    if not values:
        return None
    sizes = sorted({size for of in found.values() for size in of})
    top, step = top_of(max(max(of.values()) for of in values.values()))

    def y_of(value):
        return BOTTOM - value / top * (BOTTOM - TOP)

    title = f"HGEMM, f16 with sums in f32, TFLOP/s{' on ' + device if device else ''}"
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
           f'role="img" aria-label="{escape(title)}">', f"<style>{STYLE % (colours(LIGHT), colours(DARK))}</style>",
           f'<rect class="page" width="{WIDTH}" height="{HEIGHT}"/>',
           f'<text class="title" x="{LEFT}" y="30">{escape(title)}</text>']
    for i in range(round(top / step) + 1):
        y = y_of(i * step)
        out += [f'<line class="grid" x1="{LEFT}" y1="{y:.1f}" x2="{RIGHT}" y2="{y:.1f}"/>',
                f'<text x="{LEFT - 10}" y="{y + 4:.1f}" text-anchor="end">{three_digits(i * step) if step < 1 else round(i * step)}</text>']
    for size in sizes:
        x = x_of(size, sizes)
        out += [f'<line class="grid" x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{BOTTOM}"/>',
                f'<text x="{x:.1f}" y="{BOTTOM + 20}" text-anchor="middle">{size}</text>']
    out += [f'<text x="{(LEFT + RIGHT) / 2}" y="{BOTTOM + 44}" text-anchor="middle">m = n = k</text>']
    legend = TOP + 6
    for family, words in FAMILIES.items():
        rungs = [rung for rung in ladder.rungs_in(values) if rung.family == family]
        if not rungs:
            continue
        out.append(f'<text class="family" x="{RIGHT + 24}" y="{legend}">{words}</text>')
        for place, rung in enumerate(rungs):
            legend += 22
            dash, shape = DASHES[place % len(DASHES)], MARKERS[place % len(MARKERS)]
            points = [(x_of(size, sizes), y_of(values[rung.technique][size])) if size in values[rung.technique] else None
                      for size in sizes]
            out += curve(points, family, dash, shape)
            out += curve([(RIGHT + 24, legend - 4), (RIGHT + 64, legend - 4)], family, dash, shape)
            out.append(f'<text x="{RIGHT + 76}" y="{legend}">{escape(rung.technique)}</text>')
        legend += 30
    return "\n".join(out + ["</svg>"]) + "\n"
