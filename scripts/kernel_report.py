#!/usr/bin/env python3
"""docs/kernels.md, docs/kernels_ladder.svg and docs/goals.md from records, so that no figure in them is typed by hand.

  scripts/kernel_report.py --bench results/GPU/RUN/bench.jsonl --peers results/GPU/RUN/peers.jsonl
  scripts/kernel_report.py --bench A.jsonl B.jsonl --peers C.jsonl --to /tmp/docs      several parts; elsewhere
  scripts/kernel_report.py --keys                                                      keys of what_binds.txt

--bench: records of `assay bench kernels --device cuda`; --peers: records of `scripts/peers_gpu.py --out`. Where a row is in several
records the last one counts. Exit status: 0; 2 for wrong arguments; 4 for a record that cannot be read.
"""
import argparse
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from kernel_report import beside, goals, ladder, plot, tables  # noqa: E402
from kernel_report import records as records_module  # noqa: E402
from peers_gpu import report as peers_report  # noqa: E402

PICTURE = "kernels_ladder.svg"
DOCS = pathlib.Path(__file__).resolve().parent.parent / "docs"


def documents(records, runs, peers):
    """{file name: text} of everything that can be made."""
    rows = records_module.rows_of(records)
    judged = beside.judged(peers)
    device = next((record.cuda.get("name") for record in records if record.cuda), "")
    how = tables.how(records, runs)
    picture = plot.draw(rows, device)
    lines = ["# The GPU kernels as measured", "",
             "Made by `scripts/kernel_report.py` from records alone; no figure is typed by hand. What each operation tried, predicted and "
             "found is in the `NOTES.md` of its folder under [`src/kernels/`](../src/kernels); the goals are in [goals.md](goals.md).", ""]
    lines += how + tables.ceilings(records) + ladder.section(rows, PICTURE if picture else None)
    lines += tables.operations(rows) + beside.section(peers, judged)
    evidence = goals.Evidence(records, records_module.points_of(rows), peers, judged["kernel"])
    made = {"kernels.md": "\n".join(lines).rstrip() + "\n",
            "goals.md": goals.document(goals.judge(evidence), goals.explanations(goals.EXPLANATIONS.read_text()), how)}
    return made | ({PICTURE: picture} if picture else {})


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", type=pathlib.Path, nargs="+", default=[], metavar="RECORD")
    parser.add_argument("--peers", type=pathlib.Path, nargs="+", default=[], metavar="RECORD")
    parser.add_argument("--to", type=pathlib.Path, default=DOCS, metavar="FOLDER")
    parser.add_argument("--keys", action="store_true", help="print the keys of goals and exit")
    given = parser.parse_args(arguments)
    if not given.keys and not given.bench:
        parser.error("--bench needs at least one record of `assay bench kernels --device cuda`")
    return given


def main(arguments):
    given = parse(arguments)
    if given.keys:
        print("\n".join(one.key for one in goals.judge(goals.Evidence([], {}, {}, {}))))
        return 0
    try:
        records = records_module.read(given.bench)
        runs, peers = peers_report.read(given.peers)
        given.to.mkdir(parents=True, exist_ok=True)
        for name, text in documents(records, runs, peers).items():
            (given.to / name).write_text(text)
            print(given.to / name)
    except (records_module.RecordError, OSError) as error:
        print(f"kernel_report: {error}", file=sys.stderr)
        return 4
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
