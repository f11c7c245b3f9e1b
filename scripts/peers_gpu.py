#!/usr/bin/env python3
"""assay's CUDA kernels beside PyTorch, torch.compile, Triton and cuBLAS in one process, on the same tensors and stream.

  scripts/peers_gpu.py --ops rmsnorm,softmax --out FILE.jsonl     measure; the table goes to standard output
  scripts/peers_gpu.py --ops fp8_cast_delayed --shard 1/2 ...     a part, where the time of one call is short
  scripts/peers_gpu.py --report A.jsonl B.jsonl                   one table from several records
  scripts/peers_gpu.py --list | --check                           what there is; needs no device and no PyTorch

Needs build/cuda/bin/libassay_kernels.so (target assay_kernels_c), PyTorch with CUDA and Triton. Two modes, both labelled:
kernel against kernel (replays of CUDA graphs) and call against call (from Python, L2 flushed). Before a row is timed, every
arm's outputs are compared with a float64 reference; an arm that misses it is void and the report says why. Rows are added to
--out one by one; --resume goes on where a call ended. It never sets clocks or any other state of the device.
Exit status: 0; 1 if no row could be measured or --check found a fault; 2 for wrong arguments; 4 without device or library.
"""
import json
import pathlib
import shlex
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from peers_gpu import library as kernels  # noqa: E402
from peers_gpu import measure, operations, options, report  # noqa: E402

WORST_TRITON = 0.7  # of the copy ceiling, at the largest size: less is no peer that somebody would pick
LARGE = 1 << 27


def say(text):
    print(f"peers_gpu: {text}", file=sys.stderr, flush=True)


class Record:
    """The rows of this call; each is on disk before the next one begins."""

    def __init__(self, path):
        self.path, self.rows, self.runs = path, {}, []

    def add(self, record):
        if self.path:
            with self.path.open("a") as file:
                file.write(json.dumps(record) + "\n")
        if record["kind"] == "run":
            self.runs.append(record)
        elif record["kind"] == "row":
            self.rows[record["name"]] = record


def void_row(row, reason):
    return {"kind": "row", "name": row.name, "op": row.op, "axes": row.values, "void": reason, "arms": {}}


def too_slow_triton(row, ceiling):
    """void_if of measure_row: a Triton kernel far from the ceiling at the largest size is no peer."""
    is_large = max(one.shape[0] for one in row.buffers.values()) >= LARGE
    if not (row.op.startswith("fp8_cast") and is_large):
        return None

    def reason(arm, kernel_seconds):
        share = row.bytes / kernel_seconds / ceiling
        if arm == "triton" and share < WORST_TRITON:
            return f"{100 * share:.0f} % of the copy ceiling, expected {100 * WORST_TRITON:.0f} % at this size"
        return None
    return reason


def measure_row(gpu, library, row, chosen, plan, ceiling, number):
    from peers_gpu import arms, inputs
    variants = operations.our_variants(library, row)
    if not variants:
        return void_row(row, f"missing: the library has no contender in {row.entry}")
    seed = chosen.seed * 1_000_003 + number
    tensors = inputs.make(row, seed)
    check = inputs.checker(row, tensors)
    found = measure.measure_row(gpu, arms.arms_of(gpu, library, row, tensors, variants), check, plan, seed,
                                chosen.modes.split(","), too_slow_triton(row, ceiling))
    return {"kind": "row", "name": row.name, "op": row.op, "axes": row.values, "bytes": row.bytes, "flops": row.flops,
            "seed": seed, **found, "clocks_after": gpu.clocks()}


def progress(record, took):
    if record["void"]:
        return f"void: {record['void']}"
    parts = [f"{took:.1f} s"]
    for mode in report.MODES:
        if record.get(mode, {}).get("us"):
            parts.append(f"{mode} " + ", ".join(f"{name} {us:.2f}" for name, us in record[mode]["us"].items()
                                                if name != measure.SELF) + " µs")
    parts += [f"{name} void: {arm['void']}" for name, arm in record["arms"].items() if arm["void"]]
    return "; ".join(parts)


def measure_all(gpu, library, rows, chosen, record, deadline):
    facts = {**gpu.describe(), "library": library.version}
    ceiling = max(gpu.copy_ceiling(mebibytes) for mebibytes in (512, 1024, 2048))
    record.add({"kind": "run", "facts": facts, "commit": library.revision, "command": shlex.join(["scripts/peers_gpu.py"] + sys.argv[1:]),
                "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "copy_ceiling": ceiling})
    say(f"{facts['device']}, PyTorch {facts['torch']}, Triton {facts['triton']}, copy {ceiling / 1e12:.2f} TB/s, {len(rows)} rows")
    longest = 0.0
    for number, row in enumerate(rows):
        started = time.monotonic()
        if started + longest > deadline:
            say(f"out of time: {len(rows) - number} rows had no turn, from '{row.name}' on; --resume goes on")
            break
        share = (deadline - started) / (len(rows) - number) / (2 * len(chosen.modes.split(",")))
        plan = measure.Plan(max(0.05, min(0.25 if chosen.quick else 0.6, share)), deadline, pairs=24 if chosen.quick else 40)
        try:
            made = measure_row(gpu, library, row, chosen, plan, ceiling, number)
        except Exception as error:
            made = void_row(row, f"{type(error).__name__}: {measure.one_line(error)}")
            if "illegal" in made["void"] or "unspecified launch failure" in made["void"]:
                record.add(made)
                say(f"{row.name}: {made['void']}: the device is lost for this process")
                break
        say(f"[{number + 1}/{len(rows)}] {row.name}: {progress(made, time.monotonic() - started)}")
        record.add(report.slim(made))
        gpu.release()
        longest = max(longest, 0.5 * (time.monotonic() - started))  # the first of an operation compiles for longer
    record.add({"kind": "run_end", "name": "", "clocks": gpu.clocks()})


def show(record, chosen):
    text = report.markdown(record.runs, record.rows)
    if chosen.table:
        chosen.table.write_text(text)
    else:
        print(text, end="")


def main():
    begin = time.monotonic()
    chosen = options.parse(sys.argv[1:])
    if chosen.report:
        runs, rows = report.read(chosen.report)
        record = Record(None)
        record.runs, record.rows = runs, rows
        show(record, chosen)
        return 0
    rows = options.rows_of(chosen)
    try:
        library = kernels.Library(chosen.library)
    except kernels.KernelError as error:
        say(error)
        return 4
    if chosen.list:
        for row in rows:
            print(f"{row.name}: {', '.join(operations.our_variants(library, row)) or 'missing'}")
        return 0
    if chosen.check:
        faults = operations.faults(library, rows)
        print("\n".join(faults + [f"{len(rows)} rows checked against '{library.version}', {len(faults)} faults"]))
        return 1 if faults else 0
    record = Record(chosen.out)
    if chosen.resume and chosen.out.exists():
        record.runs, record.rows = report.read([chosen.out])
        rows = [row for row in rows if row.name not in record.rows or record.rows[row.name].get("void")]
    from peers_gpu import gpu as device
    try:
        gpu = device.Gpu()
    except device.DeviceError as error:
        say(error)
        return 4
    try:
        measure_all(gpu, library, rows, chosen, record, begin + chosen.max_seconds)
    except KeyboardInterrupt:
        say("interrupted; the rows so far are kept")
    show(record, chosen)
    return 0 if any(not row.get("void") for row in record.rows.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
