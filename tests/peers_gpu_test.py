#!/usr/bin/env python3
"""scripts/peers_gpu: what needs no device and no PyTorch: the order of the arms, the statistics, the flow of a row on a
scripted device, the command line, and the table of operations."""
import contextlib
import io
import json
import math
import pathlib
import random
import subprocess
import sys
import tempfile
import time
import unittest

SCRIPTS = pathlib.Path(__file__).resolve().parent.parent / "scripts"
sys.dont_write_bytecode = True
sys.path.insert(0, str(SCRIPTS))
from peers_gpu import interleave, library, measure, operations, options, report, statistics  # noqa: E402


class InterleaveTest(unittest.TestCase):
    def test_every_arm_has_the_same_mean_position_in_a_pair(self):
        for order, back in interleave.mirrored_blocks(5, 20, seed=3):
            self.assertEqual(sorted(order), list(range(5)))
            self.assertEqual([order.index(arm) + back.index(arm) for arm in range(5)], [4] * 5)

    def test_orders_vary_and_repeat_with_the_seed(self):
        first = interleave.mirrored_blocks(5, 20, seed=3)
        self.assertEqual(first, interleave.mirrored_blocks(5, 20, seed=3))
        self.assertGreater(len({tuple(order) for order, _ in first}), 10)

    def test_a_linear_drift_cancels_in_the_pair(self):
        order = [2, 0, 1]
        times = interleave.pair_means(3, order, [10.0, 11.0, 12.0], [13.0, 14.0, 15.0])
        self.assertEqual(times, [12.5, 12.5, 12.5])

    def test_times_go_to_their_arms(self):
        self.assertEqual(interleave.pair_means(3, [2, 0, 1], [30, 10, 20], [20, 10, 30]), [10, 20, 30])
        with self.assertRaises(ValueError):
            interleave.pair_means(3, [2, 0, 1], [30, 10], [20, 10, 30])


class StatisticsTest(unittest.TestCase):
    def test_the_interval_of_a_median_is_the_exact_one(self):
        # n = 20: P(X <= 5) = 0.0207, so the sixth from either end (Conover, table A3).
        values = list(range(1, 21))
        random.Random(1).shuffle(values)
        self.assertEqual(statistics.effective_size(values), 20)
        self.assertEqual(statistics.median_interval(values, 0.95), (6, 15))

    def test_too_few_values_have_no_interval(self):
        self.assertIsNone(statistics.median_interval([1, 2, 3, 4, 5], 0.95))
        self.assertEqual(statistics.median_interval([3, 1, 6, 2, 5, 4], 0.95), (1, 6))

    def test_the_interval_covers_the_median(self):
        draw = random.Random(7)
        inside = 0
        for _ in range(400):
            low, high = statistics.median_interval([draw.gauss(0, 1) for _ in range(30)], 0.95)
            inside += low <= 0 <= high
        self.assertGreater(inside, 370)

    def test_values_that_follow_each_other_count_for_less(self):
        draw, value, values = random.Random(5), 0.0, []
        for _ in range(200):
            value = 0.9 * value + draw.gauss(0, 1)
            values.append(value)
        self.assertLess(statistics.effective_size(values), 60)

    def test_the_sign_test_is_the_binomial(self):
        self.assertAlmostEqual(statistics.sign_test([1, 2, 3, 4, 5, 6, 7, -1]), 2 * 9 / 256)
        self.assertEqual(statistics.sign_test([]), 1.0)
        self.assertEqual(statistics.sign_test([0, 0, 0]), 1.0)

    def test_holm_steps_down(self):
        adjusted, levels = statistics.holm([0.04, 0.001, 0.02])
        self.assertEqual([round(p, 6) for p in adjusted], [0.04, 0.003, 0.04])
        self.assertEqual([round(level, 6) for level in levels], [0.95, round(1 - 0.05 / 3, 6), 0.975])

    def compared(self, ratio, noise, floor_noise=0.001):
        draw = random.Random(11)
        ours = [1.0] * 40
        one = statistics.compare([ratio * math.exp(draw.gauss(0, noise)) for _ in ours], ours)
        floor = statistics.compare([math.exp(draw.gauss(0, floor_noise)) for _ in ours], ours)
        statistics.adjust([one], [floor])
        return one

    def test_a_clear_difference_is_a_verdict(self):
        self.assertEqual(self.compared(1.1, 0.01)["verdict"], "faster")
        self.assertEqual(self.compared(0.9, 0.01)["verdict"], "slower")

    def test_equal_arms_are_not_told_apart(self):
        self.assertIn("no difference resolved at ±", self.compared(1.0, 0.01)["verdict"])

    def test_a_difference_under_the_noise_floor_is_none(self):
        self.assertEqual(self.compared(1.02, 0.001)["verdict"], "faster")
        self.assertIn("no difference resolved", self.compared(1.02, 0.001, floor_noise=0.2)["verdict"])


class ScriptedGpu:
    """Calls take the time that they are told; nothing runs."""

    def __init__(self):
        self.clock = 0.0

    def wait(self):
        pass

    def capture(self, call, count):
        outputs = {}

        def replay():
            for _ in range(count):
                outputs.update(call())
        return type("Graph", (), {"replay": staticmethod(replay)}), outputs

    def took(self, call):
        before = self.clock
        with contextlib.redirect_stdout(io.StringIO()):
            call()
        return self.clock - before

    def time_block(self, calls):
        return [self.took(call) for call in calls]

    def time_calls(self, call, count):
        return sum(self.took(call) for _ in range(count)) / count

    def time_one_call(self, call):
        seconds = self.took(call) + 10e-6
        return seconds, seconds + 5e-6


class MeasureTest(unittest.TestCase):
    def setUp(self):
        self.gpu, self.draw = ScriptedGpu(), random.Random(2)
        self.freed = []

    def candidate(self, label, us, answer=42, **more):
        def call():
            self.gpu.clock += us * 1e-6 * math.exp(self.draw.gauss(0, 0.002))
            return {"y": answer}
        return measure.Candidate(label, call, free=lambda: self.freed.append(label), **more)

    def run_row(self, ours, *peers, **more):
        arms = [measure.Arm(measure.OURS, lambda: ours)] + [measure.Arm(name, lambda made=made: made) for name, made in peers]
        check = lambda outputs: None if outputs["y"] == 42 else "wrong"  # noqa: E731
        return measure.measure_row(self.gpu, arms, check, measure.Plan(1.0, time.monotonic() + 60), 1, **more)

    def test_the_fastest_right_candidate_of_each_arm_is_compared(self):
        row = self.run_row([self.candidate("slow", 20), self.candidate("good", 10), self.candidate("liar", 1, answer=0)],
                           ("eager", [self.candidate("eager", 15)]))
        self.assertIsNone(row["void"])
        self.assertEqual(row["arms"][measure.OURS]["candidate"], "good")
        self.assertEqual(row["arms"][measure.OURS]["refused"], {"liar": "wrong"})
        self.assertAlmostEqual(row["kernel"]["peers"]["eager"]["ratio"], 1.5, delta=0.01)
        self.assertAlmostEqual(row["call"]["peers"]["eager"]["ratio"], 25 / 20, delta=0.01)
        self.assertAlmostEqual(row["kernel"]["noise"]["ratio"], 1.0, delta=0.01)
        self.assertEqual(sorted(self.freed), ["eager", "good", "liar", "slow"])

    def test_a_replay_holds_enough_calls(self):
        row = self.run_row([self.candidate("ours", 10)], ("eager", [self.candidate("eager", 500)]))
        self.assertIn(row["kernel"]["calls"][measure.OURS], range(30, 33))
        self.assertEqual(row["kernel"]["calls"]["eager"], 1)

    def test_a_peer_with_wrong_outputs_is_void_and_the_others_are_not(self):
        row = self.run_row([self.candidate("ours", 10)], ("eager", [self.candidate("eager", 15)]),
                           ("triton", [self.candidate("a", 5, answer=0)]))
        self.assertEqual(row["arms"]["triton"]["void"], "a: wrong")
        self.assertEqual(list(row["kernel"]["peers"]), ["eager"])

    def test_our_wrong_outputs_void_the_row(self):
        row = self.run_row([self.candidate("ours", 10, answer=0)], ("eager", [self.candidate("eager", 15)]))
        self.assertEqual(row["void"], "assay: ours: wrong")
        self.assertNotIn("kernel", row)

    def test_a_fallback_seen_afterwards_voids_the_peer(self):
        row = self.run_row([self.candidate("ours", 10)], ("eager", [self.candidate("eager", 15)]),
                           ("compile", [self.candidate("compiled", 5, finish=lambda: "compiled again")]))
        self.assertEqual(row["arms"]["compile"]["void"], "compiled again")
        self.assertNotIn("compile", row["kernel"]["peers"])
        self.assertNotIn("compile", row["call"]["peers"])

    def test_a_peer_that_cannot_be_made_is_void_with_its_reason(self):
        def breaks():
            raise RuntimeError("no\nbackend")
        arms = [measure.Arm(measure.OURS, lambda: [self.candidate("ours", 10)]), measure.Arm("sdpa", breaks)]
        row = measure.measure_row(self.gpu, arms, lambda _: None, measure.Plan(1.0, time.monotonic() + 60), 1)
        self.assertEqual(row["arms"]["sdpa"]["void"], "RuntimeError: no backend")
        self.assertEqual(row["void"], "no peer is left")

    def test_a_peer_whose_graph_computes_something_else_has_no_kernel_time(self):
        answers = iter([42] * 6)  # right while it is called, not in the graph that is timed

        def call():
            self.gpu.clock += 400e-6
            return {"y": next(answers, 0)}
        row = self.run_row([self.candidate("ours", 10)], ("eager", [self.candidate("eager", 15)]),
                           ("sdpa", [measure.Candidate("flash", call)]))
        self.assertEqual(row["kernel"]["failed"], {"sdpa": "no graph: a replay gives wrong outputs: wrong"})
        self.assertEqual(list(row["kernel"]["peers"]), ["eager"])

    def test_a_slow_peer_can_be_voided_by_its_time(self):
        row = self.run_row([self.candidate("ours", 10)], ("eager", [self.candidate("eager", 15)]),
                           ("triton", [self.candidate("t", 50)]),
                           void_if=lambda arm, seconds: "too slow" if arm == "triton" and seconds > 40e-6 else None)
        self.assertEqual(row["arms"]["triton"]["void"], "too slow")

    def test_a_deadline_ends_the_alternation_early(self):
        times = measure.alternate(2, 100, 1, lambda order: [1.0, 2.0], time.monotonic() - 1, 8)
        self.assertEqual(len(times[0]), 8)

    def row_record(self):
        row = self.run_row([self.candidate("rmsnorm/cuda.row", 10)], ("eager", [self.candidate("eager", 15)]),
                           ("triton", [("t", "does not compile")]))
        return {"kind": "row", "name": "rmsnorm rows=1", "op": "rmsnorm", "bytes": 1 << 29, "flops": 0, **row}

    def test_the_table_comes_from_the_record_alone(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "record.jsonl"
            lines = [{"kind": "run", "facts": {"device": "X"}, "copy_ceiling": 4e12}, report.slim(self.row_record())]
            path.write_text("\n".join(json.dumps(line) for line in lines) + "\n")
            self.assertNotIn("log_ratios", path.read_text())
            text = report.markdown(*report.read([path]))
        self.assertIn("| rmsnorm rows=1 | 10", text)
        self.assertIn("eager: 15.", text)
        self.assertIn("] faster", text)
        self.assertIn("- rmsnorm rows=1, triton: t: does not compile", text)

    def test_void_rows_are_named_in_the_table(self):
        text = report.markdown([], {"a": {"name": "a", "void": "missing: no such entry", "arms": {}}})
        self.assertIn("- a: missing: no such entry", text)


class OptionsTest(unittest.TestCase):
    def refused(self, *arguments):
        with contextlib.redirect_stderr(io.StringIO()) as said, self.assertRaises(SystemExit) as ended:
            options.parse(arguments)
        self.assertEqual(ended.exception.code, 2)
        return said.getvalue()

    def test_operations_are_chosen_by_name(self):
        self.assertEqual(options.parse(["--ops", "softmax,gelu"]).ops, ["softmax", "gelu"])
        self.assertEqual(options.parse(["--ops", "all"]).ops, list(operations.OPERATIONS))
        self.assertIn("no operation 'soft'; there are hgemm", self.refused("--ops", "soft"))

    def test_wrong_numbers_are_refused(self):
        self.assertIn("'0' is no time", self.refused("--max-seconds", "0"))
        self.assertIn("'nan' is no time", self.refused("--max-seconds", "nan"))
        self.assertIn("'3/2' is no part", self.refused("--shard", "3/2"))
        self.assertIn("--resume needs --out", self.refused("--resume"))

    def test_shards_are_a_partition(self):
        whole = [row.name for row in options.rows_of(options.parse([]))]
        parts = [row.name for i in (1, 2, 3) for row in options.rows_of(options.parse(["--shard", f"{i}/3"]))]
        self.assertEqual(sorted(whole), sorted(parts))
        self.assertEqual(len(set(whole)), len(whole))

    def test_quick_keeps_the_smallest_and_the_largest_size(self):
        rows = options.rows_of(options.parse(["--ops", "rmsnorm", "--quick"]))
        self.assertEqual([row.values["rows"] for row in rows], [4096, 32768])


class OperationsTest(unittest.TestCase):
    def test_the_fp8_cast_has_48_rows(self):
        rows = operations.rows_of(["fp8_cast_delayed", "fp8_cast_dynamic"])
        self.assertEqual(len(rows), 48)
        large = [row for row in rows if row.values["n"] == 1 << 27]
        self.assertEqual({row.bytes // (1 << 27) for row in large}, {3, 5, 9})

    def test_a_product_counts_its_operations(self):
        row = operations.rows_of(["hgemm"])[0]
        self.assertEqual(row.flops, 2 * 512**3)
        self.assertEqual(row.buffers["a"].bytes, 2 * 512**2)

    def scripted(self, buffers):
        class Scripted:
            def variants(self, entry):
                return ["rmsnorm/cuda.row", "rmsnorm/cuda.cublaslt"] if entry == "rmsnorm.cuda" else []

            def buffers(self, variant, axes):
                return buffers
        return Scripted()

    def test_faults_name_what_does_not_fit(self):
        row = operations.rows_of(["rmsnorm"])[0]
        right = [{"name": "x", "bytes": 8 << 20, "dtype": "bf16"}, {"name": "weight", "bytes": 2048, "dtype": "bf16"},
                 {"name": "y", "bytes": 8 << 20, "dtype": "bf16"}]
        self.assertEqual(operations.faults(self.scripted(right), [row]), [])
        wrong = [right[0], {**right[1], "bytes": 4096}, right[2]]
        self.assertIn("buffer 'weight': the entry wants 4096 bytes of bf16, operations.py gives 2048",
                      operations.faults(self.scripted(wrong), [row])[0])
        self.assertIn("wants a buffer 'z'", operations.faults(self.scripted(right + [{**right[0], "name": "z"}]), [row])[0])
        self.assertIn("has no buffer y", operations.faults(self.scripted(right[:2]), [row])[0])
        self.assertIn("missing", operations.faults(self.scripted(right), operations.rows_of(["gelu"]))[0])

    def test_libraries_of_others_are_no_contenders(self):
        row = operations.rows_of(["rmsnorm"])[0]
        self.assertEqual(operations.our_variants(self.scripted([]), row), ["rmsnorm/cuda.row"])


class LibraryTest(unittest.TestCase):
    def test_a_missing_library_is_one_line(self):
        done = subprocess.run([sys.executable, SCRIPTS / "peers_gpu.py", "--library", "/no/such.so", "--list"],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 4)
        self.assertEqual(len(done.stderr.splitlines()), 1)
        self.assertIn("build the target assay_kernels_c", done.stderr)

    def test_buffers_are_ordered_as_the_library_wants_them(self):
        specs = [{"name": "b", "bytes": 4, "dtype": "f32"}, {"name": "a", "bytes": 8, "dtype": "f32"}]
        given = {"a": operations.Sized(8), "b": operations.Sized(4)}
        self.assertEqual([one.nbytes for one in library.order_buffers(specs, given)], [4, 8])


if __name__ == "__main__":
    unittest.main()
