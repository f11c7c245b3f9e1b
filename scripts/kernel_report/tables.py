"""How the records were taken, the device's measured ceilings, and one table for each operation."""
from . import records as records_module
from .text import NONE, command, duration, percent, rate, size, split_axes, table, three_digits


def how(records, runs):
    lines = ["## How it was measured", ""]
    for record in records:
        e, cuda = record.environment, record.cuda
        verdicts = {name: sum(row.verdict == name for row in record.rows) for name in ("trusted", "qualified", "rejected")}
        lines += [f"- `{record.name}`: {cuda.get('name', 'no device in the header')}, driver {cuda.get('driver', NONE)}, "
                  f"power limit {three_digits(cuda.get('power_limit_w')) if cuda.get('power_limit_w') else 'not told'} W, "
                  f"{e['cpu']}, {e['logical_cpus']} CPUs, {e['os']}{', virtual machine' if e.get('hypervisor') == 'yes' else ''}; "
                  f"commit `{e['git_revision']}`, {e['started_at']}; `{command(e['command_line'])}`; {len(record.rows)} rows: "
                  + ", ".join(f"{count} {name}" for name, count in verdicts.items())
                  + ("" if record.is_complete else "; **incomplete: the run was stopped**") + "."]
    for run in runs:
        facts, smi = run.get("facts", {}), run.get("facts", {}).get("nvidia_smi") or {}
        lines += [f"- peers: {facts.get('device')}, driver {smi.get('driver_version', NONE)}, power limit "
                  f"{smi.get('power.limit', NONE)}, PyTorch {facts.get('torch')}, CUDA {facts.get('cuda_of_torch')}, Triton "
                  f"{facts.get('triton')}; commit `{revision(str(run.get('commit')))}`, {run.get('time', NONE)}; "
                  f"`{command(str(run.get('command')).split())}`."]
    return lines + [
        "", "Times are medians of one call as a node of a graph of calls (`graph`, warm L2), unless the row says another mode; ± is "
        "half of the 95 % interval. *Isolated* is one call and a wait for it, by the host's clock. [How assay measures]"
        "(measurement.md) explains modes, limits and findings.", ""]


def revision(commit):
    """Short, and still saying that the source was modified."""
    return commit[:12] + ("-dirty" if commit.endswith("-dirty") else "")


def ceilings(records):
    cuda = next((record.cuda for record in records if record.cuda), None)
    if not cuda:
        return ["## Measured ceilings", "", "Not measured in this record.", ""]
    kinds = list(dict.fromkeys(one["kind"] for one in cuda["bandwidth"]))
    by_size = {}
    for one in cuda["bandwidth"]:
        by_size.setdefault(one["size_bytes"], {})[one["kind"]] = one["bytes_per_second"]
    shares = {one["kind"]: one["written_share"] for one in cuda["bandwidth"]}
    lines = ["## Measured ceilings", "",
             f"Of {cuda['name']} ({cuda['multiprocessors']} multiprocessors, L2 {size(cuda['l2_bytes'])}), measured "
             f"{cuda['measured_at']} by `assay limits --device cuda`'s probes; GB/s read and written, for working sets and shares "
             "of the bytes that are written:", ""]
    lines += table(["working set"] + [f"{kind} ({100 * shares[kind]:.0f} % written)" for kind in kinds],
                   [[size(bytes_), *(three_digits(of[kind] / 1e9) if kind in of else NONE for kind in kinds)]
                    for bytes_, of in sorted(by_size.items())])
    lines += table(["arithmetic", "sums in", "TFLOP/s", "instruction"],
                   [[one["kind"], one["accumulation"], three_digits(one["flops_per_second"] / 1e12), one["kernel"]]
                    for one in cuda["compute"]])
    costs = [(name.removesuffix("_ns").replace("_", " "), value) for name, value in cuda["costs"].items() if value]
    return lines + ["What doing nothing costs: " + ", ".join(f"{name} {duration(value)}" for name, value in costs) + ".", ""]


def verdict_cell(row, rows):
    words = row.verdict + (f": {', '.join(row.codes)}" if row.codes else "")
    others = [one for one in rows if one.is_rejected and not one.is_of_others]
    return words + (f" (rejected beside it: {', '.join(rejection_codes(one) for one in others)})" if others else "")


def rejection_codes(row):
    return f"`{row.technique}` {', '.join(dict.fromkeys(reason.split(':')[0] for reason in row.reasons))}"


def cut(words, length=110):
    return words if len(words) <= length else words[:length - 1].rstrip() + "…"


def line_of(rows):
    """The best of our variants at one point, or why there is none."""
    row = records_module.best(rows)
    if row is None:
        ours = [one for one in rows if not one.is_of_others]
        refused = "; ".join(f"`{one.technique}` {cut('; '.join(one.reasons))}" for one in ours)
        return [NONE, NONE, NONE, NONE, NONE, f"rejected: {refused}" if ours else "no variant of ours"]
    limit = row.limits[0] if row.limits else None
    reached = rate(limit.reached, limit.unit) if limit else NONE
    of = f"{percent(limit.share)} of {limit.name}" if limit else NONE
    time = f"{duration(row.median_ns)} ± {percent(row.half_width)}" + ("" if row.mode == "graph" else f" ({row.mode})")
    return [f"`{row.technique}`", time, reached, of, duration(row.isolated_ns), verdict_cell(row, rows)]


def others_cell(rows):
    """A library of others behind assay's interface, in the same run."""
    row, ours = records_module.fastest_of_others(rows), records_module.best(rows)
    if row is None:
        refused = [rejection_codes(one) for one in rows if one.is_of_others]
        return f"rejected: {', '.join(refused)}" if refused else NONE
    words = f"`{row.technique}` {duration(row.median_ns)}"
    return words + (f" (×{row.median_ns / ours.median_ns:.3f})" if ours else "")


def operations(rows):
    lines = ["## Operations", "", "The fastest variant of assay's at each point that was not rejected (that it was chosen among several is "
             "not in its interval); the record holds all of them. A row without one shows the reasons in the place of numbers. Small "
             "working sets stay in the L2 cache; each percentage names the limit that it is of. × is the library's time over ours.", ""]
    by_operation = {}
    for (operation, _), those in records_module.points_of(rows).items():
        by_operation.setdefault(operation, []).append(those)
    for operation, points in by_operation.items():
        has_others = any(row.is_of_others for those in points for row in those)
        head = ["case", "variant", "time", "rate", "% of limit", "isolated", "verdict"]
        shared, left = split_axes([those[0].axes for those in points])
        lines += [f"### {operation}", ""] + ([f"All rows: {shared}.", ""] if shared else [])
        lines += table(head + ["library"] * has_others,
                       [[point, *line_of(those), *([others_cell(those)] if has_others else [])]
                        for point, those in zip(left, points, strict=True)])
    return lines
