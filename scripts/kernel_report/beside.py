"""assay beside its peers: the paired comparisons of scripts/peers_gpu.py, judged as that script judges them."""
from peers_gpu import report

from .text import NONE, duration, split_axes, table


def judged(rows):
    """{mode: {row name: {peer: comparison}}}, all comparisons of the report judged together."""
    found = {mode: {} for mode in report.MODES}
    for row, mode, peer, one, _ in report.judge(rows):
        found[mode].setdefault(row["name"], {})[peer] = one
    return found


def resolved(verdict):
    """faster, slower, or what else the comparison came to."""
    return f"**{verdict}**" if verdict in ("faster", "slower") else verdict


def comparison_cell(row, mode, peer, one):
    if one is None:
        failed = row.get(mode, {}).get("failed", {}).get(peer)
        return f"failed: {failed}" if failed else NONE
    us = row[mode]["us"]
    interval = "[{:.3f}, {:.3f}]".format(*one["interval_holm"]) if one["interval_holm"] else "no interval"
    return (f"{duration(1e3 * us[report.OURS])} beside {duration(1e3 * us[peer])}, ×{one['ratio']:.3f} {interval} "
            f"{resolved(one['verdict'])}")


def section(rows, found):
    lines = ["## Beside peers", ""]
    if not rows:
        return lines + ["Not measured in this record.", ""]
    lines += ["Both in one process, on the same tensors and stream, in random alternation (`scripts/peers_gpu.py`). × is the "
              "peer's time over assay's, the median of paired ratios: above 1 assay is faster. Intervals and verdicts hold for all "
              "comparisons of this page together at 95 % (Holm); a difference smaller than what assay shows against itself is "
              "none. The variation between processes is not in the intervals.", ""]
    lines += [f"- *{mode}*: {words}" for mode, words in report.MODES.items()] + [""]
    by_operation = {}
    for row in rows.values():
        if not row.get("void"):
            by_operation.setdefault(row["op"], []).append(row)
    for operation, those in by_operation.items():
        shared, left = split_axes([row["axes"] for row in those])
        lines += [f"### {operation}, beside", ""] + ([f"All rows: {shared}.", ""] if shared else [])
        lines += table(["case", "assay's variant", "peer", *report.MODES], list(lines_of(zip(left, those, strict=True), found)))
    return lines + voids(rows)


def lines_of(rows, found):
    for axes, row in rows:
        variant = row["arms"][report.OURS].get("candidate") or NONE
        for peer, arm in row["arms"].items():
            if peer == report.OURS:
                continue
            if arm["void"]:
                yield [axes, f"`{variant}`", peer, *[f"void: {arm['void']}"] * len(report.MODES)]
                continue
            label = peer if arm.get("candidate") in (None, peer) else f"{peer} ({arm['candidate']})"
            yield [axes, f"`{variant}`", label,
                   *(comparison_cell(row, mode, peer, found[mode].get(row["name"], {}).get(peer)) for mode in report.MODES)]


def voids(rows):
    lines = [f"- {name}: {row['void']}" for name, row in rows.items() if row.get("void")]
    return ["### Without a comparison", "", *lines, ""] if lines else []
