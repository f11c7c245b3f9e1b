"""Each goal of the GPU kernels as a rule over the records. Only rows that were not rejected count; a rejected one is named.

`assay` rows are those of `assay bench kernels --device cuda`; paired ratios are those of scripts/peers_gpu.py, kernel against
kernel. Where a rule needs one and the records have the other only, it says "not measured in this record".
"""
import dataclasses
import pathlib

from . import records as records_module
from .text import duration, geometric_mean, percent, table, three_digits

EXPLANATIONS = pathlib.Path(__file__).resolve().parent / "what_binds.txt"
MET, MISSED, PARTLY, UNMEASURED = "met", "missed", "met where measured", "not measured in this record"
TOO_FEW = "too few rows to say"  # a mean over part of the rows is another mean
SIZES = (512, 1024, 2048, 4096, 8192, 16384)
MEMORY_BOUND = ("rmsnorm", "layernorm", "rope", "embedding", "softmax", "swiglu")
LARGE = 256 << 20  # bytes read and written: beyond this a working set comes from memory
FP8_LARGE = 1 << 27
FP8_ROWS, FP8_ROWS_OF_A_SIZE = 48, 16


@dataclasses.dataclass(frozen=True)
class Outcome:
    key: str
    goal: str
    verdict: str
    measured: str
    short: tuple = ()  # rows that fall short, as words, the worst first


@dataclasses.dataclass(frozen=True)
class Evidence:
    records: list
    points: dict  # (operation, point) -> rows
    peers: dict   # row name -> row of the peers' record
    ratios: dict  # row name -> {peer: comparison}, kernel against kernel

    @property
    def cuda(self):
        return next((record.cuda for record in self.records if record.cuda), {})


def found(operation, points, wanted):
    return [(rows[0], rows) for (name, _), rows in points.items() if name == operation and wanted(rows[0])]


def measured_values(operation, evidence, wanted, value_of):
    """({point: value}, [points without one]): `value_of` the rows at a point, None where they do not tell."""
    values, missing = {}, []
    for row, rows in found(operation, evidence.points, wanted):
        value = value_of(rows)
        if value is None:
            missing.append(row.point)
        else:
            values[row.point] = value
    return values, missing


def at_least(key, goal, values, missing, threshold, show, expected=None):
    """Every value has to reach the threshold."""
    if not values:
        return Outcome(key, goal, UNMEASURED, without(missing))
    worst = min(values, key=values.get)
    short = sorted((name for name in values if values[name] < threshold), key=values.get)
    count = max(len(values) + len(missing), expected or 0)
    words = f"{len(values) - len(short)} of {len(values)} rows reach it; lowest {show(values[worst])} at {worst}"
    if short:
        words += f", {percent(1 - values[worst] / threshold)} short"
    if len(values) < count:
        words += f"; {count - len(values)} of {count} rows without a number"
    verdict = MISSED if short else MET if len(values) == count else PARTLY
    return Outcome(key, goal, verdict, words + without(missing, "; "), tuple(f"{name}: {show(values[name])}" for name in short))


def without(missing, before=""):
    return f"{before}rejected or without its peer: {'; '.join(missing)}" if missing else ""


def times(value):
    return f"{three_digits(value)}×"


def reached(rows, per_second):
    row = records_module.best(rows)
    return row.bytes / row.median_ns * 1e9 / per_second if row and per_second else None


def over_others(rows):
    ours, others = records_module.best(rows), records_module.fastest_of_others(rows)
    return others.median_ns / ours.median_ns if ours and others else None


def mean_goal(key, goal, values, expected):
    if not values:
        return Outcome(key, goal, UNMEASURED, "")
    mean = geometric_mean(list(values.values()))
    words = f"{times(mean)} over {len(values)} of {expected} rows"
    if len(values) < expected:
        return Outcome(key, goal, TOO_FEW, words)
    return Outcome(key, goal, MET, words) if mean >= 1 else Outcome(key, goal, MISSED, f"{words}, {percent(1 - mean)} short")


def is_square(axes):
    return (axes.get("layout") == "nn" and str(axes.get("accumulate")) == "f32" and axes.get("epilogue") == "plain"
            and int(axes["m"]) == int(axes["n"]) == int(axes["k"]) and int(axes["m"]) in SIZES)


def paired(evidence, op, peer, wanted=lambda axes: True):
    """{row name: comparison} with this peer."""
    return {name: evidence.ratios[name][peer] for name, row in evidence.peers.items()
            if row["op"] == op and wanted(row["axes"]) and peer in evidence.ratios.get(name, {})}


def hgemm(evidence):
    what = "HGEMM of f16 and bf16 with sums in f32, squares of 512 to 16384: cuBLAS's time over ours, "
    mean, least = what + "geometric mean, at least 1.00", what + "each size and type, at least 0.95"
    expected = 2 * len(SIZES)
    ratios = {name: one["ratio"] for name, one in paired(evidence, "hgemm", "cublas", is_square).items()}
    own, missing = measured_values("hgemm", evidence, lambda row: is_square(row.axes), over_others)
    return [mean_goal("hgemm.paired_mean", mean + " (paired; cuBLAS and cuBLASLt, the faster)", ratios, expected),
            at_least("hgemm.paired_least", least + " (paired)", ratios, [], 0.95, times, expected),
            mean_goal("hgemm.mean", mean + " (assay's record; cuBLASLt as a variant)", own, expected),
            at_least("hgemm.least", least + " (assay's record)", own, missing, 0.95, times, expected)]


def fp8(evidence):
    def wanted(row):
        return row.axes.get("type") in ("bf16", "f32") and int(row.axes["n"]) == FP8_LARGE

    def share(rows):
        row = records_module.best(rows)
        limit = row and row.limit_in("bytes")
        return limit.share if limit else None
    values, missing = measured_values("fp8_cast", evidence, wanted, share)
    ratios = {}
    for op in ("fp8_cast_delayed", "fp8_cast_dynamic"):
        ratios |= paired(evidence, op, "triton")
    return [at_least("fp8.ceiling", "FP8 cast with amax, 2^27 elements: at least 92 % of the measured ceiling for its share of writes",
                     values, missing, 0.92, percent, FP8_ROWS_OF_A_SIZE),
            faster("fp8.triton", "FP8 cast: faster than an autotuned Triton kernel in all 48 rows (paired)", ratios, FP8_ROWS)]


def faster(key, goal, ratios, expected):
    if not ratios:
        return Outcome(key, goal, UNMEASURED, "")
    ahead = [name for name, one in ratios.items() if one["verdict"] == "faster"]
    short = sorted((name for name in ratios if name not in ahead), key=lambda name: ratios[name]["ratio"])
    worst = min(ratios, key=lambda name: ratios[name]["ratio"])
    words = f"faster in {len(ahead)} of {len(ratios)} rows compared, of {expected}; lowest {times(ratios[worst]['ratio'])} at {worst}"
    verdict = MISSED if short else MET if len(ratios) >= expected else PARTLY
    return Outcome(key, goal, verdict, words, tuple(f"{name}: {times(ratios[name]['ratio'])}, {ratios[name]['verdict']}"
                                                    for name in short))


def never_behind(key, goal, ratios, expected):
    if not ratios:
        return Outcome(key, goal, UNMEASURED, "")
    behind = sorted((name for name, one in ratios.items() if one["verdict"] == "slower"), key=lambda name: ratios[name]["ratio"])
    ahead = sum(one["verdict"] == "faster" for one in ratios.values())
    worst = min(ratios, key=lambda name: ratios[name]["ratio"])
    words = (f"faster in {ahead}, slower in {len(behind)} of {len(ratios)} rows compared, of {expected}; lowest "
             f"{times(ratios[worst]['ratio'])} at {worst}")
    verdict = MISSED if behind else MET if len(ratios) >= expected else PARTLY
    return Outcome(key, goal, verdict, words, tuple(f"{name}: {times(ratios[name]['ratio'])}" for name in behind))


def rows_measured(evidence, op):
    return sum(row["op"] == op for row in evidence.peers.values())


def memory_bound(evidence):
    copies = [one for one in evidence.cuda.get("bandwidth", []) if one["kind"] == "copy"]
    copy = max(copies, key=lambda one: one["size_bytes"])["bytes_per_second"] if copies else None
    made = []
    for name in MEMORY_BOUND:
        values, missing = measured_values(name, evidence, lambda row: row.bytes >= LARGE, lambda rows: reached(rows, copy))
        made.append(at_least(f"{name}.ceiling", f"{name}: at least 95 % of the copy ceiling where at least 256 MiB move", values,
                             missing, 0.95, percent))
        made.append(never_behind(f"{name}.compiled", f"{name}: not behind PyTorch's compiled code at any size (paired)",
                                 paired(evidence, name, "compile"), rows_measured(evidence, name)))
    return made


def sampling(evidence):
    values, missing = {}, []
    for row, rows in found("sampling", evidence.points, lambda row: (row.axes.get("filter"), row.axes.get("rows"),
                                                                      row.axes.get("vocab")) == ("k50", "1", "50257")):
        one = records_module.best(rows)
        if one is None:
            missing.append(row.point)
        else:
            values[row.point] = one.upper_ns or one.median_ns
    goal = "Sampling, top-k 50 of 50,257: at most 8 µs, by the upper end of the interval"
    if not values:
        return [Outcome("sampling", goal, UNMEASURED, without(missing))]
    worst = max(values, key=values.get)
    short = sorted((name for name in values if values[name] > 8e3), key=values.get, reverse=True)
    words = f"{len(values) - len(short)} of {len(values)} rows; longest {duration(values[worst])} at {worst}"
    words += f", {percent(values[worst] / 8e3 - 1)} over" if short else ""
    return [Outcome("sampling", goal, MISSED if short else PARTLY if missing else MET, words + without(missing, "; "),
                    tuple(f"{name}: {duration(values[name])}" for name in short))]


def gemv(evidence):
    def is_large(row):
        return row.axes.get("type") == "bf16" and int(row.axes["rows"]) * int(row.axes["cols"]) >= 50257 * 768

    def share(rows):
        row = records_module.best(rows)
        limit = row and row.limit_in("bytes")
        return limit.share if limit else None
    values, missing = measured_values("gemv", evidence, is_large, share)
    layers = {name: one["ratio"] for name, one in paired(evidence, "gemv", "torch",
                                                         lambda axes: int(axes["rows"]) * int(axes["cols"]) < 50257 * 768).items()}
    return [at_least("gemv.ceiling", "GEMV of bf16 weights, 50257 × 768 and larger: at least 85 % of the read ceiling", values,
                     missing, 0.85, percent),
            at_least("gemv.cublas", "GEMV at the shapes of layers: cuBLAS's time (PyTorch's `mv` or `linear`) over ours at least 1.5 "
                     "(paired)", layers, [], 1.5, times, 2)]


def attention(evidence):
    ratios = paired(evidence, "attention", "sdpa")
    return [at_least("attention", "Attention of a prompt, causal, head sizes 64 and 128: PyTorch's scaled-dot-product attention "
                     "over ours at least 1.0 (paired)", {name: one["ratio"] for name, one in ratios.items()}, [], 1.0, times, 4)]


def record_size(evidence):
    goal = "The record of the whole table: under 10 MB"
    if not evidence.records or not all(one.is_complete for one in evidence.records):
        return [Outcome("record", goal, UNMEASURED, "")]
    total = sum(row.record_bytes for row in records_module.rows_of(evidence.records))  # a row that was measured again counts once
    return [Outcome("record", goal, MET if total < 10e6 else MISSED, f"{total / 1e6:.2f} MB")]


RULES = (hgemm, fp8, memory_bound, sampling, gemv, attention, record_size)


def judge(evidence):
    return [outcome for rule in RULES for outcome in rule(evidence)]


def explanations(text):
    """{key: sentence} from `key: sentence` lines; # begins a comment line."""
    made = {}
    for line in text.splitlines():
        key, colon, words = line.partition(":")
        if colon and not line.startswith("#"):
            made[key.strip()] = words.strip()
    return made


def document(outcomes, binds, how):
    verdicts = (MET, PARTLY, MISSED, TOO_FEW, UNMEASURED)
    count = {verdict: sum(one.verdict == verdict for one in outcomes) for verdict in verdicts}
    lines = ["# Goals of the GPU kernels", "",
             "Made by `scripts/kernel_report.py` from records alone: the rules stand in `scripts/kernel_report/goals.py`, and no "
             "figure is typed by hand. Rejected rows do not count as measured: where a variant was rejected, the fastest of the "
             "others stands for its row. *Paired*: both arms in one process, in random alternation, kernel against kernel; × is "
             "the peer's time over ours. All rows: [kernels.md](kernels.md).", "",
             "; ".join(f"{number} {verdict}" for verdict, number in count.items() if number) + ".", ""]
    lines += table(["goal", "outcome", "measured"],
                   [[one.goal, f"**{one.verdict}**" if one.verdict == MISSED else one.verdict, one.measured or "–"] for one in outcomes])
    missed = [one for one in outcomes if one.verdict == MISSED]
    if missed:
        lines += ["## What binds", "", "Rows that fall short are computed. The sentence after *explanation* is written by hand from "
                  "the notes and counters of the operation, and is no measurement.", ""]
        for one in missed:
            lines += [f"### {one.goal}", "", f"Measured: {one.measured}.", ""]
            lines += [f"- {words}" for words in one.short[:8]]
            lines += [f"- and {len(one.short) - 8} more"] if len(one.short) > 8 else []
            lines += [""] if one.short else []
            lines += [f"*Explanation:* {binds.get(one.key, 'none yet.')}", ""]
    return "\n".join(lines + how).rstrip() + "\n"
