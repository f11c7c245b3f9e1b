#!/usr/bin/env python3
"""Suites through the whole program: measured in workers, compared, as examples, and the lie detector.

  ASSAY_BINARY=build/dev/bin/assay tests/suite_test.py [Class.test]    (ctest sets ASSAY_BINARY)
"""
import csv
import io
import json
import pathlib
import re
import resource
import signal
import subprocess
import time
import unittest

from program_test import BAD_SUITE, BINARY, HARNESS_ERROR, INTERRUPTED, MEASURED, ProgramTest, record_lines

COMPARE_PY = pathlib.Path("/usr/share/benchmark/compare.py")  # Debian's libbenchmark-tools


class SuiteBenchTest(ProgramTest):
    def bench_suite(self, *arguments, statuses=MEASURED, max_time=3, record="run.jsonl"):
        done = self.succeeds("bench", BAD_SUITE, "--max-time", max_time, "--record", record, "--no-html", *arguments,
                             statuses=statuses)
        return done, record_lines(self.folder / record)

    def test_each_misbehaviour_costs_its_own_case_and_is_named_there(self):
        _, lines = self.bench_suite("--timeout", 2, max_time=24)
        header, measurements = lines[0], {m["entry"].split("/")[0]: m for m in lines[1:-1]}
        expected = {
            "throws": "crashed", "hangs": "timed-out", "exits": "crashed", "exits_at_once": "crashed",
            "aborts": "crashed", "faults": "crashed", "closes_files": "crashed", "returns_nan": "wrong-output",
            "writes_past_the_end": "out-of-bounds", "modifies_an_input": "input-modified", "prints": "log-warnings",
            "sleeps": "blocks-inside", "forks": "blocks-inside", "allocates": "allocates-inside",
        }
        if "sanitize" in header["environment"]["flags"]:
            del expected["allocates"]  # the sanitizer takes the place of the functions that count
        for name, code in expected.items():
            with self.subTest(name):
                self.assertIn(code, [f["code"] for f in measurements[name]["findings"]])
        for name in ("throws", "hangs", "exits", "aborts", "faults", "closes_files"):
            self.assertEqual(measurements[name]["rejected_statistics"]["n"], 0, name)
        for name in ("good_first", "good_last", "sleeps", "prints"):
            m = measurements[name]
            self.assertGreater((m.get("statistics") or m["rejected_statistics"])["n"], 0, name)
            self.assertNotIn("crashed", [f["code"] for f in m["findings"]], name)
        self.assertIn("end", lines[-1])

    def test_a_crash_says_how(self):
        _, lines = self.bench_suite("--filter", "^(throws|exits|aborts|faults)/")
        crashes = {m["entry"].split("/")[0]: m["outcome"]["crash"] for m in lines[1:-1]}
        self.assertIn("exception: out of tea", crashes["throws"])
        self.assertIn("exit(0)", crashes["exits"])
        self.assertIn("signal 6", crashes["aborts"])
        self.assertRegex(crashes["faults"], r"signal 11|AddressSanitizer|exit\(1\)")

    def test_a_killed_run_reads_back_and_resume_finishes_it(self):
        record = self.folder / "run.jsonl"
        command = [BINARY, "bench", BAD_SUITE, "--filter", "good|sleeps|allocates|prints", "--max-time", "20",
                   "--precision", "0.0001", "--record", record, "--no-html"]
        process = subprocess.Popen(command, cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 120
        while not (record.exists() and record.read_text().count("\n") >= 3):
            self.assertIsNone(process.poll(), "the run ended by itself")
            self.assertLess(time.monotonic(), deadline, "no measurement was written")
            time.sleep(0.02)
        process.kill()
        process.wait(timeout=60)
        with record.open("a") as half:
            half.write('{"id":"half a li')  # as a kill within a write would leave it
        before = json.loads(self.succeeds("report", record, "--format", "json").out)
        self.assertFalse(before["complete"])
        self.assertGreaterEqual(len(before["measurements"]), 2)
        self.succeeds("bench", BAD_SUITE, "--filter", "good|sleeps|allocates|prints", "--max-time", 3, "--no-html",
                      "--resume", record, statuses=MEASURED)
        after = json.loads(self.succeeds("report", record, "--format", "json").out)
        self.assertTrue(after["complete"])
        self.assertFalse(after["cut_line"])
        names = self.succeeds("bench", BAD_SUITE, "--filter", "good|sleeps|allocates|prints", "--list").out.splitlines()
        self.assertEqual([m["id"] for m in after["measurements"]], names)
        done = len(before["measurements"])
        self.assertEqual(after["measurements"][:done], before["measurements"])

    def test_resume_refuses_what_does_not_belong_together(self):
        self.bench_suite("--filter", "good_first", max_time=1)
        self.refuses("bench", self.tiny_model(), "--resume", "run.jsonl", mentions=["run.jsonl"])
        header, rest = (self.folder / "run.jsonl").read_text().split("\n", 1)
        for key in ("subject_sha256", "binary_sha256"):
            changed = re.sub(f'"{key}":"[0-9a-f]*"', f'"{key}":"0000"', header)
            (self.folder / "other.jsonl").write_text(changed + "\n" + rest)
            self.refuses("bench", BAD_SUITE, "--resume", "other.jsonl", mentions=["other.jsonl"])
        (self.folder / "newer.jsonl").write_text(header.replace('"schema":1', '"schema":2', 1) + "\n" + rest)
        self.refuses("bench", BAD_SUITE, "--resume", "newer.jsonl", mentions=["schema 2"])
        self.refuses("report", "newer.jsonl", mentions=["schema 2"])
        (self.folder / "bad.jsonl").write_text(header + "\n{]\n" + rest)
        self.refuses("bench", BAD_SUITE, "--resume", "bad.jsonl", mentions=["line 2"])
        self.refuses("bench", BAD_SUITE, "--resume", "absent.jsonl", mentions=["absent.jsonl"])

    def test_a_full_disk_is_one_line(self):
        def small_disk():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (12_000, 12_000))
        done = subprocess.run([BINARY, "bench", BAD_SUITE, "--max-time", "4", "--record", "run.jsonl", "--no-html"],
                              cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=120, preexec_fn=small_disk)
        self.assertEqual(done.returncode, HARNESS_ERROR, done.stdout + done.stderr)
        self.assertRegex(done.stderr, r"\Aassay: run\.jsonl: cannot write the record [^\n]+\n\Z")
        self.assertEqual(json.loads(self.succeeds("report", "run.jsonl", "--format", "json").out)["complete"], False)

    def test_a_full_disk_behind_standard_output_is_one_line(self):
        self.bench_suite("--filter", "good", max_time=1)
        for command in (["report", "run.jsonl"], ["bench", BAD_SUITE, "--list"], ["doctor", "--quick"],
                        ["bench", BAD_SUITE, "--filter", "good", "--max-time", "1", "--no-html", "--json"]):
            with self.subTest(command), open("/dev/full", "w") as full:
                done = subprocess.run([BINARY, *command], cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
                                      stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
                self.assertEqual(done.returncode, HARNESS_ERROR, done.stderr)
                self.assertRegex(done.stderr, r"(?m)^assay: standard output: No space left on device\n\Z")

    def test_a_folder_that_is_absent_is_refused_before_anything_is_measured(self):
        for arguments in (["--export", "csv=absent/x.csv"], ["--html", "absent/x.html"]):
            self.refuses("bench", BAD_SUITE, *arguments, mentions=["absent"])
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_wrong_choices_are_refused_in_one_line(self):
        for arguments, mention in ((["--axis", "colour=red"], "colour"), (["--axis", "n"], "--axis"),
                                   (["--axis", "n=few"], "few"), (["--filter", "nothing like it"], "--filter"),
                                   (["--shard", "3/2"], "--shard"), (["--shard", "1"], "--shard"),
                                   (["--export", "papyrus=x"], "--export"), (["--profile-once", "good"], "good"),
                                   (["--profile-once", "absent"], "absent")):
            with self.subTest(arguments):
                self.refuses("bench", BAD_SUITE, *arguments, mentions=[mention])
        self.refuses("bench", "./absent.so", mentions=["absent.so"])
        (self.folder / "text.so").write_text("Once upon a time")
        self.refuses("bench", "./text.so", mentions=["text.so"])
        model = self.tiny_model()
        self.refuses("bench", model, "--axis", "colour=red", mentions=["colour", "prompt"])
        for length in ("depth=100000", "depth=32,100000", "prompt=100000", "prompt=3"):
            self.refuses("bench", model, "--axis", length, "--list", mentions=["--axis", "expected 32 to"])
        self.refuses("bench", BAD_SUITE, "--gate", "slower than 2%", mentions=["--gate", "--vs"])

    def test_axis_chooses_values(self):
        names = self.succeeds("bench", BAD_SUITE, "--filter", "good_first", "--axis", "n=7,9", "--list").out
        self.assertEqual(names.splitlines(), ["good_first/plain n=7", "good_first/plain n=9"])
        names = self.succeeds("bench", self.tiny_model(), "--axis", "depth=40", "--axis", "prompt=33", "--list").out
        self.assertEqual(names.splitlines(), ["tiny/decode depth=40", "tiny/prefill prompt=33"])

    def test_shards_split_the_cases(self):
        everything = self.succeeds("bench", BAD_SUITE, "--list").out.splitlines()
        shards = [self.succeeds("bench", BAD_SUITE, "--list", "--shard", f"{i}/3").out.splitlines() for i in (1, 2, 3)]
        self.assertEqual(sorted(sum(shards, [])), sorted(everything))
        self.assertLessEqual(max(map(len, shards)) - min(map(len, shards)), 1)

    def test_the_time_of_the_run_is_its_end(self):
        """A case that hangs, with a watchdog that would wait for an hour."""
        done, lines = self.bench_suite("--filter", "^(hangs|good_last)/", "--timeout", 3600, max_time=1, statuses={2})
        self.assertIn("2 of 2 cases were not measured", done.err)
        self.assertFalse([line for line in lines if "end" in line])

    def test_profile_once_prints_nothing(self):
        done = self.succeeds("bench", BAD_SUITE, "--profile-once", "good_first")
        self.assertEqual((done.out, done.err), ("", ""))
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_no_process_is_left(self):
        self.bench_suite("--filter", "^(hangs|forks|exits)/", "--timeout", 1)
        left = subprocess.run(["pgrep", "-f", str(self.folder)], capture_output=True, text=True).stdout.split()
        self.assertEqual(left, [])

    def test_exports_hold_no_rejected_number(self):
        self.bench_suite("--filter", "^(returns_nan|exits)/", "--export", "csv=x.csv", "--export", "markdown=x.md",
                         "--export", "google-benchmark=x.json", "--export", "futhark=f.json")
        for row in csv.DictReader(io.StringIO((self.folder / "x.csv").read_text())):
            self.assertEqual((row["verdict"], row["median_ns"]), ("rejected", ""))
        for entry in json.loads((self.folder / "x.json").read_text())["benchmarks"]:
            self.assertTrue(entry["error_occurred"])
            self.assertNotIn("real_time", entry)
        for program in json.loads((self.folder / "f.json").read_text()).values():
            for result in program["datasets"].values():
                self.assertIn("rejected", result)
        self.assertIn("wrong-output", (self.folder / "x.md").read_text())

    def test_google_benchmarks_compare_reads_the_export(self):
        python = "/usr/bin/python3"  # the one that Debian's packages are for
        if not COMPARE_PY.exists() or subprocess.run([python, "-c", "import scipy"], capture_output=True).returncode:
            self.skipTest(f"not installed: {COMPARE_PY} or scipy (Debian packages libbenchmark-tools, python3-scipy)")
        for name in ("a", "b"):
            self.bench_suite("--filter", "good|returns_nan", "--export", f"google-benchmark={name}.json",
                             record=f"{name}.jsonl")
        # Numbers that a busy machine made assay reject are allowed here: what is tested is the format.
        for name in ("a", "b"):
            run = json.loads(self.succeeds("report", f"{name}.jsonl", "--format", "json").out)
            for m in run["measurements"]:
                if "rejected_statistics" in m and m["entry"].startswith("good"):
                    for key in ("statistics", "limits", "samples", "other_modes"):
                        m[key] = m.pop("rejected_" + key)
                    m["verdict"] = "qualified"
            header = {k: v for k, v in run.items() if k not in ("complete", "cut_line", "measurements")}
            (self.folder / f"{name}.jsonl").write_text(
                "\n".join(json.dumps(line) for line in [header, *run["measurements"]]) + "\n")
            self.succeeds("report", f"{name}.jsonl", "--export", f"google-benchmark={name}.json")
        done = subprocess.run([python, COMPARE_PY, "benchmarks", "a.json", "b.json"], cwd=self.folder,
                              capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("good_first/plain/n:20000", done.stdout)
        self.assertNotIn("returns_nan", done.stdout)


class CompareTest(ProgramTest):
    """Each effect here is far beyond what a busy machine does: a claim is missing only if A differs from itself."""

    PLUGIN = BINARY.parent.parent / "examples" / "libsaxpy.so"

    def rows(self, name="c.jsonl"):
        return [line["comparison"] for line in record_lines(self.folder / name) if "comparison" in line]

    def test_commands_are_timed_as_whole_processes(self):
        done = self.succeeds("compare", "--interleave", "--max-time", 2, "--record", "c.jsonl", "--gate",
                             "slower than 50%", "--", "sleep", "0.001", "--", "sleep", "0.05", statuses=(1, 2))
        self.assertIn("of which a process that does nothing takes", " ".join(done.out.split()))
        row, = self.rows()
        self.assertEqual(row["kind"], "whole-process")
        self.assertGreater(row["ratio"]["lower"], 1.5)
        self.assertEqual(done.returncode == 1, row["gate"]["state"] == "red", row["gate"])

    def test_a_command_that_fails_or_is_absent_is_one_line(self):
        for commands, mention in ((["--", "false", "--", "true"], "exit(1)"), (["--", "true", "--", "false"], "exit(1)"),
                                  (["--", "./absent", "--", "true"], "./absent"), (["--", "true"], "--interleave"),
                                  (["--", "true", "--"], "expected two commands")):
            with self.subTest(commands):
                done = self.run_assay("compare", "--interleave", "--max-time", 1, *commands)
                self.assertEqual((done.returncode, done.out), (HARNESS_ERROR, ""), done.err)
                self.assertRegex(done.err, r"\Aassay: [^\n]+\n\Z")
                self.assertIn(mention, done.err)

    def test_a_suite_against_a_variant_a_library_and_a_program(self):
        names = self.succeeds("bench", self.PLUGIN, "--list").out
        if "fma_8" not in names:
            self.skipTest("this machine cannot run the variant fma_8")
        program = BINARY.parent / "saxpy"
        for other, row_count in (("fma_8", 1), (self.PLUGIN, 2), (program, 2)):
            with self.subTest(other):
                record = f"{pathlib.Path(other).name}.jsonl"
                self.succeeds("bench", self.PLUGIN, "--filter", "n=4096", "--vs", other, "--max-time", 4, "--record",
                              record, statuses=(0, 2))
                rows = self.rows(record)
                self.assertEqual([row["kind"] for row in rows], ["resident"] * row_count)
                for row in rows:
                    self.assertGreaterEqual(row["rounds"], 3)
                    self.assertIn("noise", row)

    def test_a_suite_with_itself_through_its_own_command_line(self):
        program = BINARY.parent / "saxpy"
        text = self.succeeds("compare", "--interleave", "--max-time", 1, "--", program, "--filter", "plain n=4096", "--",
                             program, "--filter", "plain n=4096", statuses=(0, 2), COLUMNS="60").out
        self.assertIn("saxpy/plain n=4096", text)
        self.assertLessEqual(max(map(len, text.splitlines())), 60, text)

    def test_a_record_that_cannot_be_written_is_refused_before_the_time_is_spent(self):
        (self.folder / "old.jsonl").write_text("{}\n")
        for record, name in (("old.jsonl", "old.jsonl"), ("/proc/nowhere/c.jsonl", "/proc/nowhere")):
            begin = time.monotonic()
            done = self.run_assay("compare", "--interleave", "--max-time", 60, "--record", record, "--", "true", "--", "true")
            self.assertEqual(done.returncode, HARNESS_ERROR, done.out)
            self.assertRegex(done.err, rf"\Aassay: [^\n]*{name}[^\n]+\n\Z")
            self.assertLess(time.monotonic() - begin, 30)  # half of what it would have measured
        self.assertEqual((self.folder / "old.jsonl").read_text(), "{}\n")

    def test_the_time_of_the_run_bounds_all_rows(self):
        begin = time.monotonic()
        done = self.succeeds("bench", "kernels", "--vs", "reference", "--max-time", 2, "--record", "c.jsonl",
                             statuses=(2, 3, 4))  # 4: a row that could not be compared
        self.assertRegex(done.err, r"assay: \d+ of \d+ cases were not compared, as --max-time was over\n\Z")
        self.assertLess(time.monotonic() - begin, 100)  # every row would take many minutes

    def test_an_unknown_variant_and_a_gate_that_is_none_are_refused(self):
        self.refuses("bench", self.PLUGIN, "--vs", "absent", mentions=["absent", "--list"])
        self.refuses("bench", self.PLUGIN, "--vs", "plain", "--gate", "faster than light", mentions=["slower than X%"])
        self.refuses("bench", self.PLUGIN, "--vs", "plain", "--filter", "nothing", mentions=["--filter"])
        self.refuses("bench", self.tiny_model(), "--vs", "./absent.so", mentions=["absent.so"])

    def test_two_records_are_compared_without_a_claim(self):
        for name in ("a", "b"):
            self.succeeds("bench", BAD_SUITE, "--filter", "good", "--max-time", 3, "--no-html", "--record",
                          f"{name}.jsonl", statuses=MEASURED)
        done = self.run_assay("compare", "a.jsonl", "b.jsonl")
        if done.returncode == HARNESS_ERROR:  # a busy machine made assay reject them all
            self.assertIn("no case with a number in common", done.err)
        else:
            self.assertEqual(done.returncode, 0, done.err)
            self.assertIn("no difference is claimed", " ".join(done.out.split()))
        self.refuses("compare", "a.jsonl", "absent.jsonl", mentions=["absent.jsonl"])
        self.refuses("compare", "a.jsonl", "b.jsonl", "--gate", "slower than 2%", mentions=["--interleave"])
        self.refuses("compare", "a.jsonl", mentions=["two records"])

    def test_an_interrupt_ends_it(self):
        log = self.folder / "calls"
        process = subprocess.Popen([BINARY, "compare", "--interleave", "--max-time", "100", "--", "sh", "-c",
                                    "echo >> calls", "--", "true"], cwd=self.folder, env=self.environment,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        while not (log.exists() and len(log.read_text()) >= 5):
            self.assertIsNone(process.poll(), "it ended by itself")
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        self.assertEqual((process.returncode, out), (INTERRUPTED, ""), err)
        self.assertEqual(list(self.folder.glob("assay-out/*")), [])


class ExamplesTest(ProgramTest):
    """The programs of examples/, as built beside assay."""

    def test_each_example_measures_all_its_cases_right(self):
        for name, cases in (("saxpy", 4), ("transpose", 12), ("sum_of_numbers", 6)):
            with self.subTest(name):
                example = BINARY.parent / name
                done = subprocess.run([example, "--max-time", "4", "--record", f"{name}.jsonl", "--no-html"],
                                      cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
                                      capture_output=True, text=True, timeout=100)
                self.assertIn(done.returncode, MEASURED, done.stdout + done.stderr)
                measured = [m for m in record_lines(self.folder / f"{name}.jsonl") if "id" in m]
                left_out = re.search(r"assay: (\d+) of \d+ cases were not measured", done.stderr)
                self.assertEqual(len(measured) + int(left_out.group(1) if left_out else 0), cases, done.stderr)
                self.assertGreaterEqual(len(measured), cases // 2)
                for m in measured:
                    self.assertTrue(m["output"]["has_reference"], m["id"])
                    self.assertEqual(m["output"]["calls_wrong"], 0, m["id"])
                    self.assertNotIn("crashed", [f["code"] for f in m["findings"]], m["id"])

    def test_the_same_source_as_a_plug_in_has_the_same_cases(self):
        plugin = BINARY.parent.parent / "examples" / "libsaxpy.so"
        example = subprocess.run([BINARY.parent / "saxpy", "--list"], env=self.environment, capture_output=True, text=True)
        self.assertEqual(self.succeeds("bench", plugin, "--list").out, example.stdout)

    def test_help_of_an_example_has_examples_with_its_own_name(self):
        done = subprocess.run([BINARY.parent / "transpose", "--help"], env=self.environment, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0)
        for words in ("transpose --list", "--vs", "Exit status", "doctor"):
            self.assertIn(words, done.stdout)


class CasesTest(ProgramTest):
    """Only lies whose discovery a busy machine cannot disturb; `assay cases run` alone is for a quiet one."""

    def test_lies_are_caught_by_their_codes(self):
        done = self.succeeds("cases", "run", "--filter", "^(crashed|out-of-bounds|input-modified|state-leaks|throttled)/lie")
        self.assertRegex(done.out, r"caught +crashed/lie-exits +expected crashed \(reject\)")
        self.assertRegex(done.out.splitlines()[-1], r"^lies caught (\d+)/\1, honest accused 0/0$")

    def test_an_unknown_case_is_refused(self):
        self.refuses("cases", "run", "--filter", "no such lie", mentions=["no such lie"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
