#!/usr/bin/env python3
"""scripts/kernel_report: documents from tiny records made by hand."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as xml

SCRIPTS = pathlib.Path(__file__).resolve().parent.parent / "scripts"
sys.dont_write_bytecode = True
sys.path.insert(0, str(SCRIPTS))
from kernel_report import beside, goals, ladder, plot, records, tables, text  # noqa: E402

CUDA = {"name": "Device X", "driver": "1.2", "power_limit_w": 300.0, "measured_at": "2026-01-01T00:00:00Z", "multiprocessors": 4,
        "l2_bytes": 1 << 20, "costs": {"launch_ns": 3000.0, "sync_ns": 0.0},
        "bandwidth": [{"kind": "copy", "written_share": 0.5, "size_bytes": size, "bytes_per_second": rate, "kernel": "k"}
                      for size, rate in ((1 << 20, 9e12), (1 << 32, 4e12))],
        "compute": [{"kind": "tensor-f16", "accumulation": "f32", "flops_per_second": 9e14, "kernel": "k"}]}
HEADER = {"schema": 1, "environment": {"cpu": "C", "logical_cpus": 2, "os": "Linux", "hypervisor": "", "git_revision": "abc",
                                       "started_at": "2026-01-01T00:00:00Z", "command_line": ["/home/me/assay", "bench", "kernels"]},
          "limits": {"cuda": CUDA}}


def measurement(entry, axes, us, verdict="trusted", work=(1 << 28, 1 << 28, 0), limit=("copy, 4.29 GB", "bytes", 4e12), findings=()):
    """As one line of a record; the numbers of a rejected one have other keys."""
    statistics = {"median_ns": us * 1e3, "median_interval": {"lower_ns": us * 990, "upper_ns": us * 1010, "confidence": 0.95}}
    rejected = "rejected_" if verdict == "rejected" else ""
    amount = work[2] if limit[1] == "flops" else work[0] + work[1]
    return {"id": f"{entry} {axes}", "entry": entry, "axes": [{"name": name, "value": str(value)} for name, value in axes.items()],
            "work": {"bytes_read": work[0], "bytes_written": work[1], "flops": work[2]}, "mode": "graph", "verdict": verdict,
            "findings": [{"code": code, "severity": severity, "evidence": "because", "remedy": ""} for code, severity in findings],
            f"{rejected}statistics": statistics,
            f"{rejected}limits": [{"name": limit[0], "unit": limit[1], "limit_per_second": limit[2],
                                   "reached_per_second": amount / us * 1e6}],
            f"{rejected}other_modes": [{"mode": "isolated", "unavailable": "", "statistics": {"median_ns": us * 1e3 + 9e3}}]}


def record(*measurements, end=True, name="bench.jsonl"):
    lines = [HEADER, *measurements] + ([{"end": {"measurements": len(measurements)}}] if end else [])
    return records.parse(name, "\n".join(json.dumps(line) for line in lines) + "\n")


def hgemm(technique, size, us, **changed):
    axes = {"type": "f16", "layout": "nn", "accumulate": "f32", "epilogue": "plain", "m": size, "n": size, "k": size}
    return measurement(f"hgemm/cuda.{technique}", axes, us, work=(4 * size**2, 2 * size**2, 2 * size**3),
                       limit=("tensor-f16, sums in f32", "flops", 9e14), **changed)


def norm(technique, us, **changed):
    return measurement(f"rmsnorm/cuda.{technique}", {"type": "bf16", "rows": 8}, us, **changed)


def evidence(*measurements, peers=(), end=True):
    one = record(*measurements, end=end)
    peers = {row["name"]: row for row in peers}
    return goals.Evidence([one], records.points_of(one.rows), peers, beside.judged(peers)["kernel"])


def peer_row(op, axes, ours, theirs, peer="compile", pairs=24):
    mode = {"us": {"assay": ours, "assay again": ours, peer: theirs}, "failed": {},
            "pair_us": {"assay": [ours] * pairs, "assay again": [ours] * pairs, peer: [theirs] * pairs}}
    return {"name": f"{op} {axes}", "op": op, "axes": axes, "void": None, "kernel": mode, "call": {"failed": {peer: "out of memory"}},
            "arms": {"assay": {"void": None, "candidate": f"{op}/cuda.a"}, peer: {"void": None, "candidate": peer}}}


def outcome(found, key):
    return next(one for one in goals.judge(found) if one.key == key)


class RecordsTest(unittest.TestCase):
    def test_a_row_holds_its_time_interval_and_isolated_time(self):
        row = record(norm("a", 100)).rows[0]
        self.assertEqual((row.operation, row.technique, row.median_ns, row.isolated_ns), ("rmsnorm", "a", 1e5, 1.09e5))
        self.assertAlmostEqual(row.half_width, 0.01)

    def test_a_rejected_row_has_reasons_and_no_numbers(self):
        row = record(norm("a", 100, verdict="rejected", findings=[("wrong-output", "reject"), ("imprecise", "qualify")])).rows[0]
        self.assertTrue(row.is_rejected)
        self.assertEqual((row.limits, row.isolated_ns, row.reasons), ((), None, ("wrong-output: because",)))

    def test_rows_of_the_cpu_are_left_out(self):
        self.assertEqual(record(measurement("rmsnorm/cpu.avx2", {"n": 1}, 1)).rows, [])

    def test_a_record_without_its_end_is_incomplete(self):
        self.assertFalse(record(norm("a", 1), end=False).is_complete)
        self.assertTrue(record(norm("a", 1)).is_complete)

    def test_a_cut_last_line_is_left_out_and_any_other_is_an_error(self):
        whole = json.dumps(HEADER) + "\n"
        self.assertEqual(records.parse("r", whole + '{"id": "x').rows, [])
        with self.assertRaisesRegex(records.RecordError, "r:2: not JSON"):
            records.parse("r", whole + "{\n{}\n")
        with self.assertRaisesRegex(records.RecordError, "expected a record of schema 1"):
            records.parse("r", '{"kind": "run"}\n')

    def test_a_later_record_replaces_a_row(self):
        rows = records.rows_of([record(norm("a", 100)), record(norm("a", 50))])
        self.assertEqual([row.median_ns for row in rows], [5e4])

    def test_the_best_is_ours_and_not_rejected(self):
        rows = record(norm("a", 9), norm("b", 5, verdict="rejected"), norm("c", 7), norm("cublaslt", 1)).rows
        self.assertEqual(records.best(rows).technique, "c")
        self.assertEqual(records.fastest_of_others(rows).technique, "cublaslt")


class TextTest(unittest.TestCase):
    def test_numbers_have_three_digits_and_units(self):
        self.assertEqual([text.duration(ns) for ns in (532.16, 4178.6, 429504, 2.5e9, None)],
                         ["532 ns", "4.18 µs", "430 µs", "2.50 s", "–"])
        self.assertEqual(text.rate(4.5e14, "flops"), "450 TFLOP/s")
        self.assertEqual(text.rate(4.321e12, "bytes"), "4321 GB/s")

    def test_a_command_loses_the_folders_of_its_machine(self):
        self.assertEqual(text.command(["/home/me/assay", "--filter", "a|b c", "--out", "./x/r.jsonl", "results/r"]),
                         "assay --filter 'a|b c' --out r.jsonl results/r")

    def test_axes_that_all_points_share_are_said_once(self):
        points = [{"type": "bf16", "rows": "1", "k": "3"}, {"type": "bf16", "rows": "2", "k": "3"}]
        self.assertEqual(text.split_axes(points), ("type=bf16 k=3", ["rows=1", "rows=2"]))
        self.assertEqual(text.split_axes(points[:1]), ("", ["type=bf16 rows=1 k=3"]))

    def test_a_cell_keeps_its_column(self):
        self.assertEqual(text.cell("a|b\nc"), "a\\|b c")


class TablesTest(unittest.TestCase):
    def test_a_row_names_its_limit(self):
        found = "\n".join(tables.operations(record(norm("a", 150)).rows))
        self.assertIn("| type=bf16 rows=8 | `a` | 150 µs ± 1.0 % | 3579 GB/s | 89.5 % of copy, 4.29 GB | 159 µs | trusted |", found)

    def test_a_rejected_point_shows_reasons_in_the_place_of_numbers(self):
        found = "\n".join(tables.operations(record(norm("a", 123, verdict="rejected", findings=[("drifting", "reject")])).rows))
        self.assertIn("rejected: `a` drifting: because", found)
        self.assertNotIn("123", found)

    def test_rejected_variants_beside_the_best_are_named(self):
        rows = record(norm("a", 9), norm("b", 5, verdict="rejected", findings=[("drifting", "reject")])).rows
        self.assertIn("trusted (rejected beside it: `b` drifting)", "\n".join(tables.operations(rows)))

    def test_a_library_stands_beside_ours(self):
        found = "\n".join(tables.operations(record(hgemm("auto", 512, 10), hgemm("cublaslt", 512, 8)).rows))
        self.assertIn("`cublaslt` 8.00 µs (×0.800)", found)

    def test_ceilings_and_costs_come_from_the_header(self):
        found = "\n".join(tables.ceilings([record()]))
        self.assertIn("| 4.29 GB | 4000 |", found)
        self.assertIn("launch 3.00 µs.", found)  # sync was not measured
        self.assertIn("Not measured in this record.", tables.ceilings([]))

    def test_modified_source_stays_visible(self):
        found = "\n".join(tables.how([], [{"commit": "0123456789abcdef-dirty", "command": "peers --out /x/p.jsonl", "facts": {}}]))
        self.assertIn("`0123456789ab-dirty`", found)
        self.assertIn("`peers --out p.jsonl`", found)

    def test_an_incomplete_run_says_so(self):
        self.assertIn("**incomplete: the run was stopped**", "\n".join(tables.how([record(end=False)], [])))


class LadderTest(unittest.TestCase):
    def test_a_cell_holds_tflops_and_the_share_of_the_peer(self):
        found = "\n".join(ladder.section(record(hgemm("naive", 512, 100, verdict="qualified", findings=[("imprecise", "qualify")]),
                                                hgemm("cublaslt", 512, 50)).rows, "p.svg"))
        self.assertIn("| `naive` | 2.68 (50.0 %) q | – |", found)
        self.assertIn("| `cublaslt` | 5.37 | – |", found)
        self.assertIn("- `naive`: One thread an output", found)

    def test_a_rejected_peer_gives_no_share(self):
        rows = record(hgemm("naive", 512, 100), hgemm("cublaslt", 512, 50, verdict="rejected", findings=[("drifting", "reject")])).rows
        found = "\n".join(ladder.section(rows, "p.svg"))
        self.assertIn("| `naive` | 2.68 | – |", found)
        self.assertIn("| `cublaslt` | rejected: drifting | – |", found)

    def test_a_rung_that_is_not_known_is_shown_too(self):
        rows = record(hgemm("hilbert", 512, 1), hgemm("cublaslt", 512, 1)).rows
        self.assertEqual(list(ladder.rungs_of(rows)), ["hilbert", "cublaslt"])

    def test_the_picture_is_xml_with_a_line_for_each_rung(self):
        rows = record(*(hgemm(name, size, 10) for name in ("naive", "auto", "cublaslt") for size in (512, 1024))).rows
        picture = plot.draw(rows, "Device <X>")
        found = xml.fromstring(picture)
        labels = [one.text for one in found.iter("{http://www.w3.org/2000/svg}text")]
        for name in ("naive", "auto", "cublaslt", "512", "1024"):
            self.assertIn(name, labels)
        self.assertIn("prefers-color-scheme: dark", picture)

    def test_a_rejected_point_breaks_its_line(self):
        rows = record(hgemm("auto", 512, 10), hgemm("auto", 1024, 10, verdict="rejected"), hgemm("auto", 2048, 10)).rows
        picture = plot.draw(rows, "")
        self.assertEqual(picture.count('class="mark choice"'), 2 + 2)  # two points, two in the legend
        self.assertRegex(picture, r'd="M[0-9. ]+ M[0-9. ]+"')
        self.assertIsNone(plot.draw(record(hgemm("auto", 512, 10, verdict="rejected")).rows, ""))

    def test_sizes_stand_at_equal_steps_of_the_logarithm(self):
        x = [plot.x_of(size, ladder.SIZES) for size in ladder.SIZES]
        self.assertEqual(len({round(b - a, 6) for a, b in zip(x, x[1:])}), 1)

    def test_the_axis_ends_above_the_highest_value(self):
        self.assertEqual(plot.top_of(753), (800, 100))
        self.assertEqual(plot.top_of(8), (8, 1))


class BesideTest(unittest.TestCase):
    def test_a_row_says_who_is_faster_and_why_a_mode_is_missing(self):
        rows = {one["name"]: one for one in [peer_row("rmsnorm", {"rows": 8}, 10.0, 15.0)]}
        found = "\n".join(beside.section(rows, beside.judged(rows)))
        self.assertIn("10.0 µs beside 15.0 µs, ×1.500 [1.500, 1.500] **faster** | failed: out of memory |", found)

    def test_void_rows_are_named(self):
        rows = {"x": {"name": "x", "op": "x", "void": "missing: no entry", "arms": {}}}
        self.assertIn("- x: missing: no entry", beside.section(rows, beside.judged(rows)))


class GoalsTest(unittest.TestCase):
    def test_without_data_every_goal_is_unmeasured(self):
        self.assertEqual({one.verdict for one in goals.judge(goals.Evidence([], {}, {}, {}))}, {goals.UNMEASURED})

    def test_a_ceiling_is_met_or_missed_by_the_largest_copy(self):
        # 2^29 bytes at 4 TB/s are 134 µs.
        self.assertEqual(outcome(evidence(norm("a", 140)), "rmsnorm.ceiling").verdict, goals.MET)
        missed = outcome(evidence(norm("a", 150)), "rmsnorm.ceiling")
        self.assertEqual(missed.verdict, goals.MISSED)
        self.assertIn("lowest 89.5 %", missed.measured)
        self.assertIn("5.8 % short", missed.measured)

    def test_small_rows_do_not_count_for_the_ceiling(self):
        found = evidence(norm("a", 1, work=(1 << 20, 1 << 20, 0)))
        self.assertEqual(outcome(found, "rmsnorm.ceiling").verdict, goals.UNMEASURED)

    def test_a_rejected_row_is_named_and_not_met(self):
        other = measurement("rmsnorm/cuda.a", {"type": "f32", "rows": 8}, 140)
        found = outcome(evidence(norm("a", 140, verdict="rejected"), other), "rmsnorm.ceiling")
        self.assertEqual(found.verdict, goals.PARTLY)
        self.assertIn("type=bf16 rows=8", found.measured)

    def test_hgemm_is_judged_by_the_geometric_mean_and_by_the_least(self):
        found = evidence(hgemm("auto", 512, 10), hgemm("cublaslt", 512, 5), hgemm("auto", 1024, 10), hgemm("cublaslt", 1024, 20))
        mean, least = outcome(found, "hgemm.mean"), outcome(found, "hgemm.least")
        self.assertEqual((mean.verdict, mean.measured), (goals.TOO_FEW, "1.00× over 2 of 12 rows"))
        self.assertEqual(least.verdict, goals.MISSED)
        self.assertIn("47.4 % short", least.measured)
        self.assertEqual(len(least.short), 1)

    def test_a_mean_of_all_rows_is_met_from_one_on(self):
        found = [goals.mean_goal("k", "g", values, 2) for values in ({"a": 0.5, "b": 2.1}, {"a": 0.5, "b": 1.9}, {})]
        self.assertEqual([one.verdict for one in found], [goals.MET, goals.MISSED, goals.UNMEASURED])
        self.assertIn("2.5 % short", found[1].measured)

    def test_behind_a_peer_is_a_miss_and_no_difference_is_none(self):
        behind = evidence(peers=[peer_row("rmsnorm", {"rows": 8}, 10.0, 9.0)])
        self.assertEqual(outcome(behind, "rmsnorm.compiled").verdict, goals.MISSED)
        level = evidence(peers=[peer_row("rmsnorm", {"rows": 8}, 10.0, 10.0)])
        self.assertEqual(outcome(level, "rmsnorm.compiled").verdict, goals.MET)

    def test_ahead_of_triton_means_faster_and_not_level(self):
        axes = {"n": 8, "scale": "delayed"}
        level = outcome(evidence(peers=[peer_row("fp8_cast_delayed", axes, 10.0, 10.0, "triton")]), "fp8.triton")
        ahead = outcome(evidence(peers=[peer_row("fp8_cast_delayed", axes, 10.0, 12.0, "triton")]), "fp8.triton")
        self.assertEqual((level.verdict, ahead.verdict), (goals.MISSED, goals.PARTLY))  # 47 rows were not compared
        self.assertIn("of 48", ahead.measured)

    def test_sampling_is_judged_by_the_upper_end(self):
        def at(us):
            axes = {"type": "f32", "filter": "k50", "values": "normal", "rows": 1, "vocab": 50257}
            return outcome(evidence(measurement("sampling/cuda.a", axes, us)), "sampling")
        self.assertEqual(at(7.9).verdict, goals.MET)
        self.assertEqual(at(7.95).verdict, goals.MISSED)
        self.assertIn("0.4 % over", at(7.95).measured)

    def test_a_missed_goal_has_its_explanation_marked_as_one(self):
        missed = goals.Outcome("a.b", "Goal", goals.MISSED, "0.5×", ("row: 0.5×",))
        found = goals.document([missed], goals.explanations("# note\na.b: latency: it binds.\n"), ["## How"])
        self.assertIn("*Explanation:* latency: it binds.", found)
        self.assertIn("*Explanation:* none yet.", goals.document([missed], {}, []))

    def test_explanations_name_goals_that_exist(self):
        keys = {one.key for one in goals.judge(goals.Evidence([], {}, {}, {}))}
        self.assertLessEqual(set(goals.explanations(goals.EXPLANATIONS.read_text())), keys)


class ProgramTest(unittest.TestCase):
    def run_on(self, *arguments):
        return subprocess.run([sys.executable, SCRIPTS / "kernel_report.py", *arguments], capture_output=True, text=True)

    def test_documents_are_written_and_the_same_twice(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "bench.jsonl"
            path.write_text("\n".join(json.dumps(line) for line in [HEADER, hgemm("auto", 512, 10)]) + "\n")
            made = []
            for to in ("one", "two"):
                done = self.run_on("--bench", path, "--to", pathlib.Path(folder) / to)
                self.assertEqual(done.returncode, 0, done.stderr)
                made.append({one.name: one.read_text() for one in (pathlib.Path(folder) / to).iterdir()})
            self.assertEqual(set(made[0]), {"kernels.md", "goals.md", "kernels_ladder.svg"})
            self.assertEqual(made[0], made[1])

    def test_bad_input_is_one_line(self):
        self.assertEqual(self.run_on().returncode, 2)
        done = self.run_on("--bench", "/no/such.jsonl")
        self.assertEqual((done.returncode, len(done.stderr.splitlines())), (4, 1))


if __name__ == "__main__":
    unittest.main()
