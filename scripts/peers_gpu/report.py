"""The record of a run as JSON Lines, and the table made from records alone.

Lines: {"kind": "run", ...facts of the machine and the command}, {"kind": "row", "name", "arms", "kernel", "call", "void", ...}.
A mode of a row has "pair_us" (the mean time of each arm over each mirrored pair), from which every figure of the table comes.
"""
import json
import math
import sys

from . import statistics
from .measure import OURS, SELF

MODES = {"kernel": "kernel against kernel: CUDA-graph replays, warm L2 where the working set fits",
         "call": "call against call: one call from Python at a time, device events, L2 flushed"}


def slim(row):
    """What is stored of a row: no log-ratios, they follow from the times."""
    for mode in MODES:
        for one in [row.get(mode, {}).get("noise"), *row.get(mode, {}).get("peers", {}).values()]:
            if one:
                one.pop("log_ratios", None)
    return row


def read(paths):
    """(facts of the runs, rows by name in their order); a later row replaces an earlier one unless it is void."""
    runs, rows = [], {}
    for path in paths:
        for number, line in enumerate(path.read_text().splitlines(), 1):
            try:
                record = json.loads(line)
            except ValueError:
                print(f"{path}:{number}: no JSON, left out", file=sys.stderr)
                continue
            if record.get("kind") == "run":
                runs.append(record)
            elif record.get("kind") == "row" and (record["name"] not in rows or not record.get("void")):
                rows[record["name"]] = record
    return runs, rows


def judge(rows):
    """[(row, mode, peer, comparison, noise)] of everything that was compared, judged together."""
    found = []
    for row in rows.values():
        if row.get("void"):
            continue
        for mode in MODES:
            times = row.get(mode, {}).get("pair_us", {})
            if OURS not in times or SELF not in times:
                continue
            noise = statistics.compare(times[SELF], times[OURS])
            for peer in times:
                if peer in (OURS, SELF) or row["arms"][peer]["void"]:
                    continue
                found.append((row, mode, peer, statistics.compare(times[peer], times[OURS]), noise))
    statistics.adjust([one[3] for one in found], [one[4] for one in found])
    return found


def amount(us):
    return f"{us:.2f}" if us < 100 else f"{us:.0f}"


def ours_cell(row, mode, ceiling):
    us = row[mode]["us"][OURS]
    text = f"{amount(us)} µs `{row['arms'][OURS]['candidate'].split('/')[-1]}`"
    if row.get("flops"):
        text += f", {row['flops'] / us / 1e6:.0f} TFLOP/s"
    if row.get("bytes") and mode == "kernel":
        rate = row["bytes"] / us * 1e6
        text += f", {rate / 1e12:.2f} TB/s"
        if ceiling and row["bytes"] >= 256 << 20:
            text += f" ({100 * rate / ceiling:.0f} % of copy)"
    return text


def peer_cell(row, mode, peer, one):
    low, high = one["interval_holm"] or (math.nan, math.nan)
    return f"{amount(row[mode]['us'][peer])} µs, ×{one['ratio']:.3f} [{low:.3f}, {high:.3f}] {one['verdict']}"


def noise_cell(noise):
    if not noise["interval95"]:
        return "too few pairs"
    return "[{:.3f}, {:.3f}]".format(*noise["interval95"])


def markdown(runs, rows):
    """The whole report."""
    lines = ["# assay's CUDA kernels beside their peers, in one process", ""]
    for run in runs:
        facts = run.get("facts", {})
        ceiling = run.get("copy_ceiling")
        lines.append(f"- {facts.get('device')}, PyTorch {facts.get('torch')}, Triton {facts.get('triton')}, commit "
                     f"`{str(run.get('commit'))[:12]}`, `{run.get('command')}`, copy "
                     f"{(ceiling or math.nan) / 1e12:.2f} TB/s; nvidia-smi before: {facts.get('nvidia_smi')}")
    ceiling = max((run.get("copy_ceiling") or 0 for run in runs), default=0)
    judged = judge(rows)
    lines += ["", f"× is the peer's time over assay's (above 1: assay is faster), the median of paired ratios with its interval; "
              f"intervals and verdicts hold for all {len(judged)} comparisons together at 95 % (Holm). A/A is assay against "
              "itself, 95 %. One process: the variation between processes is not in the intervals.", ""]
    for mode, title in MODES.items():
        lines += table(mode, title, [one for one in judged if one[1] == mode], ceiling)
    lines += voids(rows)
    return "\n".join(lines) + "\n"


def table(mode, title, judged, ceiling):
    if not judged:
        return []
    lines = [f"## {title[0].upper()}{title[1:]}", "", "| row | assay | A/A | peers |", "|---|---|---|---|"]
    by_row = {}
    for row, _, peer, one, noise in judged:
        by_row.setdefault(row["name"], (row, noise, []))[2].append((peer, one))
    for name, (row, noise, peers) in by_row.items():
        cells = "<br>".join(f"{peer}: {peer_cell(row, mode, peer, one)}" for peer, one in peers)
        lines.append(f"| {name} | {ours_cell(row, mode, ceiling)} | {noise_cell(noise)} | {cells} |")
    return lines + [""]


def voids(rows):
    """Rows and arms that have no figure, and why."""
    lines = []
    for name, row in rows.items():
        if row.get("void"):
            lines.append(f"- {name}: {row['void']}")
            continue
        for arm, one in row["arms"].items():
            if one["void"]:
                lines.append(f"- {name}, {arm}: {one['void']}")
            for label, reason in one["refused"].items() if not one["void"] else []:
                lines.append(f"- {name}, {arm}, candidate {label}: {reason}")
        for mode in MODES:
            for arm, reason in row.get(mode, {}).get("failed", {}).items():
                lines.append(f"- {name}, {mode}, {arm}: {reason}")
    return ["## Void, missing, refused", "", *lines] if lines else []
