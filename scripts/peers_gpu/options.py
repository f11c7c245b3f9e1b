"""The command line of scripts/peers_gpu.py."""
import argparse
import pathlib

from . import library, operations


def names(text):
    """"rmsnorm,softmax" or "all"."""
    if text == "all":
        return list(operations.OPERATIONS)
    found = [name for name in text.split(",") if name]
    for name in found:
        if name not in operations.OPERATIONS:
            raise argparse.ArgumentTypeError(f"no operation '{name}'; there are {', '.join(operations.OPERATIONS)}, or all")
    if not found:
        raise argparse.ArgumentTypeError("expected names of operations, or all")
    return found


def seconds(text):
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 1 <= value <= 86400:
        raise argparse.ArgumentTypeError(f"'{text}' is no time from 1 to 86400 seconds")
    return value


def shard(text):
    """"2/3": the second of three parts."""
    index, slash, count = text.partition("/")
    if not slash or not index.isdigit() or not count.isdigit() or not 1 <= int(index) <= int(count):
        raise argparse.ArgumentTypeError(f"'{text}' is no part like 1/3")
    return int(index), int(count)


def parser():
    made = argparse.ArgumentParser(prog="peers_gpu.py", description="assay's CUDA kernels beside PyTorch, torch.compile, Triton "
                                   "and cuBLAS: one process, the same tensors and stream, taking turns.")
    made.add_argument("--ops", type=names, default=list(operations.OPERATIONS), metavar="NAMES",
                      help="operations, separated by commas, or all")
    made.add_argument("--quick", action="store_true", help="the smallest and the largest size of each operation, fewer pairs")
    made.add_argument("--max-seconds", type=seconds, default=240.0, metavar="S",
                      help="end by then, imports included; rows that had no turn are named (240)")
    made.add_argument("--modes", default="kernel,call", choices=["kernel,call", "kernel", "call"])
    made.add_argument("--shard", type=shard, default=(1, 1), metavar="I/N", help="every N-th row, from the I-th")
    made.add_argument("--library", type=pathlib.Path, default=library.DEFAULT, metavar="PATH")
    made.add_argument("--out", type=pathlib.Path, metavar="FILE", help="the record, JSON Lines; rows are added at once")
    made.add_argument("--resume", action="store_true", help="leave out the rows that --out already has")
    made.add_argument("--table", type=pathlib.Path, metavar="FILE", help="the table as markdown; standard output without it")
    made.add_argument("--seed", type=int, default=1)
    made.add_argument("--list", action="store_true", help="the rows with assay's variants, and nothing else; needs no device")
    made.add_argument("--check", action="store_true",
                      help="compare the rows with the library's entries and buffers; needs no device; exit status 1 on a fault")
    made.add_argument("--report", type=pathlib.Path, nargs="+", metavar="FILE", help="only make the table, from records")
    return made


def parse(arguments):
    made = parser()
    chosen = made.parse_args(arguments)
    if chosen.resume and not chosen.out:
        made.error("--resume needs --out")
    return chosen


def rows_of(chosen):
    """The rows of this call, of all operations and sizes that were asked for."""
    index, count = chosen.shard
    return operations.rows_of(chosen.ops, chosen.quick)[index - 1::count]
