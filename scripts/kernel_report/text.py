"""Times, rates and commands as words. None is a dash: a number that is not there."""
import math
import pathlib

NONE = "–"


def three_digits(value):
    """Three significant digits without an exponent."""
    if value is None or not math.isfinite(value):
        return NONE
    if value == 0:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:.{digits}f}"


def duration(ns):
    if ns is None:
        return NONE
    for limit, unit, scale in ((1e3, "ns", 1), (1e6, "µs", 1e3), (1e9, "ms", 1e6)):
        if ns < limit:
            return f"{three_digits(ns / scale)} {unit}"
    return f"{three_digits(ns / 1e9)} s"


def percent(share):
    return NONE if share is None else f"{100 * share:.1f} %"


def rate(per_second, unit):
    """`unit`: bytes or flops, a second."""
    if per_second is None:
        return NONE
    if unit == "flops":
        return f"{three_digits(per_second / 1e12)} TFLOP/s"
    return f"{three_digits(per_second / 1e9)} GB/s"


def size(count):
    for limit, unit in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if count >= limit:
            return f"{three_digits(count / limit)} {unit}"
    return f"{count} B"


def command(words):
    """A command line without the folders of the machine that it ran on: absolute and hidden ones lose theirs."""
    shown = []
    for word in words:
        local = word.startswith("/") or (word.startswith(".") and "/" in word)
        word = pathlib.PurePosixPath(word).name if local and " " not in word else word
        shown.append(f"'{word}'" if any(c in word for c in " |*()[]") else word)
    return " ".join(shown)


def cell(words):
    """Inside a Markdown table."""
    return str(words).replace("|", "\\|").replace("\n", " ")


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return lines + ["| " + " | ".join(cell(one) for one in row) + " |" for row in rows] + [""]


def split_axes(points):
    """("what all of these points share", [what is left of each]), for points as dicts of axes: one table, short rows."""
    shared = {name: value for name, value in points[0].items() if all(one.get(name) == value for one in points)}
    if len(points) == 1 or any(len(one) == len(shared) for one in points):
        shared = {}
    words = [" ".join(f"{name}={value}" for name, value in one.items() if name not in shared) for one in points]
    return " ".join(f"{name}={value}" for name, value in shared.items()), words


def geometric_mean(values):
    return math.exp(sum(math.log(value) for value in values) / len(values))
