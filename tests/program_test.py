#!/usr/bin/env python3
"""Tests of the whole program: command line, exit statuses, streams and files, on a tiny synthetic model.

  ASSAY_BINARY=build/dev/bin/assay tests/program_test.py [Class.test]    (ctest sets ASSAY_BINARY)
"""
import csv
import fcntl
import io
import json
import os
import pathlib
import pty
import re
import resource
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
BINARY = pathlib.Path(os.environ.get("ASSAY_BINARY", ROOT / "build" / "dev" / "bin" / "assay")).resolve()
DATA = pathlib.Path(os.environ.get("ASSAY_TEST_DATA", ROOT.parent / "shared" / "data"))
BAD_SUITE = BINARY.parent / "libbad_suite.so"  # tests/bad_suite.cc
COMPARE_PY = pathlib.Path("/usr/share/benchmark/compare.py")  # Debian's libbenchmark-tools
MODEL = "smollm2-135m-instruct"
# A verdict is not what is tested here: on a busy machine a row may be qualified or rejected.
MEASURED = {0, 2, 3}
HARNESS_ERROR = 4
INTERRUPTED = 130
ESCAPE = "\x1b["


class ProgramTest(unittest.TestCase):
    """A folder for each test, and the program run in it. Limits are measured once for each binary."""

    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.environment = {
            "HOME": str(self.folder),
            "PATH": os.environ["PATH"],
            "TERM": "xterm-256color",
            "XDG_CACHE_HOME": str(BINARY.parent.parent / "program-test-cache"),
        }
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"):
            if name in os.environ:
                self.environment[name] = os.environ[name]

    def run_assay(self, *arguments, **environment):
        done = subprocess.run([BINARY, *map(str, arguments)], cwd=self.folder, env={**self.environment, **environment},
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=240)
        done.out, done.err = done.stdout.decode(), done.stderr.decode(errors="replace")
        return done

    def succeeds(self, *arguments, statuses=(0,), **environment):
        done = self.run_assay(*arguments, **environment)
        self.assertIn(done.returncode, statuses, f"{arguments}\n{done.out}\n{done.err}")
        return done

    def refuses(self, *arguments, mentions=()):
        """Exit status 4, one line on standard error that says who speaks, nothing on standard output."""
        done = self.run_assay(*arguments)
        self.assertEqual(done.returncode, HARNESS_ERROR, f"{arguments}\n{done.out}\n{done.err}")
        self.assertEqual(done.out, "")
        self.assertRegex(done.err, r"\Aassay: [^\n]+\n\Z")
        for text in mentions:
            self.assertIn(text, done.err)
        return done

    def tiny_model(self, name="tiny.gguf", seed=1):
        path = self.folder / name
        self.succeeds("model", "synth", "--shape", "tiny", "--dtype", "q8_0", "--seed", seed, "-o", path)
        return path

    def bench(self, *arguments, max_time=2, statuses=MEASURED, **environment):
        return self.succeeds("bench", self.tiny_model(), "--max-time", max_time, *arguments, statuses=statuses, **environment)

    def need_data(self, name):
        path = DATA / name
        if not path.exists():
            if os.environ.get("ASSAY_REQUIRE_DATA") == "1":
                self.fail(f"required test data is absent: {path}")
            self.skipTest(f"test data is absent: {path}")
        return path


def record_lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


class FrontTest(ProgramTest):
    def test_version_is_one_line(self):
        self.assertRegex(self.succeeds("--version").out, r"\Aassay \d+\.\d+\.\d+\S*\n\Z")

    def test_help_names_the_commands_with_examples_and_exit_statuses(self):
        text = self.succeeds("--help").out
        for word in ("bench", "compare", "doctor", "generate", "limits", "model", "report", "cases", "Examples", "Exit status", "130"):
            self.assertIn(word, text)

    def test_help_of_each_command_names_its_flags(self):
        flags = {
            ("bench",): "--filter --axis --shard --list --dry-run --profile-once --json --record --resume --export --html "
                        "--no-html --threads --isa --max-time --max-case-time --timeout --seed --show-rejected "
                        "--anonymise --colour",
            ("generate",): "--prompt --chat --max-tokens --temperature --seed --threads",
            ("doctor",): "--quick --json Examples",
            ("limits",): "--fresh --json",
            ("model",): "get list info synth convert",
            ("model", "synth"): "--shape --dtype --seed -o",
            ("model", "convert"): "--tokenizer -o",
            ("report",): "--format -o",
        }
        for command, words in flags.items():
            text = self.succeeds(*command, "--help").out
            for word in words.split():
                self.assertIn(word, text, command)

    def test_no_command_shows_the_help_and_fails(self):
        done = self.run_assay()
        self.assertEqual((done.returncode, done.out), (HARNESS_ERROR, ""))
        self.assertIn("bench", done.err)

    def test_wrong_arguments_are_refused_in_one_line(self):
        for arguments in (["frobnicate"], ["--frobnicate"], ["bench"], ["bench", "--frobnicate", "x"],
                          ["bench", "x", "--threads", "-1"], ["bench", "x", "--threads", "many"],
                          ["bench", "x", "--colour", "purple"], ["bench", "x", "--max-time", "0"],
                          ["generate", "x"], ["report"], ["report", "x", "--format", "papyrus"], ["model"],
                          ["model", "get"], ["model", "synth", "--shape", "tiny"]):
            with self.subTest(arguments):
                self.refuses(*arguments)


class BadFileTest(ProgramTest):
    def refused_everywhere(self, path, *mentions):
        self.refuses("bench", path, mentions=mentions)
        self.refuses("model", "info", path, mentions=mentions)
        self.refuses("generate", path, "--prompt", "x", mentions=mentions)

    def test_folder(self):
        (self.folder / "weights.gguf").mkdir()
        self.refused_everywhere("weights.gguf", "weights.gguf")

    def test_empty_file(self):
        (self.folder / "empty.gguf").touch()
        self.refused_everywhere("empty.gguf", "empty.gguf")

    def test_missing_file(self):
        self.refused_everywhere("absent.gguf", "absent.gguf")

    def test_file_of_another_kind(self):
        (self.folder / "text.gguf").write_text("Once upon a time\n" * 100)
        self.refused_everywhere("text.gguf", "text.gguf")

    def test_truncated_file(self):
        whole = self.tiny_model().read_bytes()
        for share in (0.01, 0.3, 0.9):
            (self.folder / "cut.gguf").write_bytes(whole[: int(len(whole) * share)])
            self.refused_everywhere("cut.gguf", "cut.gguf")

    def test_unreadable_file(self):
        path = self.tiny_model("locked.gguf")
        path.chmod(0)
        if os.access(path, os.R_OK):  # root reads everything: run as nobody, if nobody can reach the program
            self.folder.chmod(0o755)
            command = [BINARY, "model", "info", path]
            try:
                done = subprocess.run(command, user=65534, group=65534, extra_groups=[], env=self.environment,
                                      capture_output=True, text=True)
            except PermissionError:
                self.skipTest("root reads every file, and nobody cannot reach the program")
            self.assertEqual(done.returncode, HARNESS_ERROR)
            self.assertRegex(done.stderr, r"\Aassay: [^\n]*locked\.gguf[^\n]*\n\Z")
        else:
            self.refused_everywhere("locked.gguf", "locked.gguf")

    def test_unknown_model_name_suggests_the_nearest(self):
        self.refuses("bench", "smollm2-135m-instrct", mentions=[MODEL])
        self.refuses("model", "get", "smolm2-135m-instruct", mentions=[MODEL])

    def test_record_that_is_none(self):
        self.refuses("report", "absent.jsonl", mentions=["absent.jsonl"])
        (self.folder / "bad.jsonl").write_text("{]\n{}\n")
        self.refuses("report", "bad.jsonl", mentions=["bad.jsonl"])


class BenchTest(ProgramTest):
    def test_writes_table_record_and_page(self):
        done = self.bench("--record", "run.jsonl", "--html", "page.html")
        self.assertIn("decode", done.out)
        header, *measurements, end = record_lines(self.folder / "run.jsonl")
        self.assertEqual(header["schema"], 1)
        self.assertEqual(end, {"end": {"measurements": len(measurements)}})
        self.assertGreaterEqual(len(measurements), 2)
        self.assertEqual({m["headline"] for m in measurements}, {"ttft", "decode"})
        self.assertIn("</html>", (self.folder / "page.html").read_text())

    def test_default_record_and_page_lie_in_the_current_folder(self):
        self.bench("--filter", "decode")
        self.assertEqual(len(list((self.folder / "assay-out").glob("*.jsonl"))), 1)
        self.assertTrue((self.folder / "report.html").is_file())

    def test_no_html_writes_no_page(self):
        self.bench("--filter", "decode", "--no-html")
        self.assertEqual(list(self.folder.glob("*.html")), [])

    def test_every_output_is_checked_against_a_reference(self):
        self.bench("--record", "run.jsonl", "--no-html")
        for measurement in record_lines(self.folder / "run.jsonl")[1:-1]:
            output = measurement["output"]
            self.assertTrue(output["has_reference"] and output["checker_can_fail"], measurement["id"])
            self.assertGreater(output["calls_checked"], 0, measurement["id"])
            self.assertEqual(output["calls_wrong"], 0, measurement["id"])

    def test_rejected_numbers_stand_under_other_keys(self):
        self.bench("--record", "run.jsonl", "--no-html")
        for measurement in record_lines(self.folder / "run.jsonl")[1:-1]:
            self.assertEqual("rejected_statistics" in measurement, measurement["verdict"] == "rejected")
            self.assertEqual("statistics" in measurement, measurement["verdict"] != "rejected")

    def test_exit_status_says_whether_something_was_rejected(self):
        done = self.bench("--record", "run.jsonl", "--no-html")
        verdicts = {m["verdict"] for m in record_lines(self.folder / "run.jsonl")[1:-1]}
        self.assertEqual(done.returncode == 3, "rejected" in verdicts)

    def test_json_on_standard_output_is_one_document(self):
        done = self.bench("--json", "--no-html")
        run = json.loads(done.out)
        self.assertTrue(run["complete"])
        self.assertGreaterEqual(len(run["measurements"]), 2)

    def test_list_names_the_cases_and_measures_nothing(self):
        names = self.bench("--list", statuses=(0,)).out.splitlines()
        self.assertGreaterEqual(len(names), 2)
        self.assertTrue(all(re.search(r"/(prefill|decode) (prompt|depth)=\d+$", name) for name in names), names)
        self.assertEqual([p.name for p in self.folder.iterdir()], ["tiny.gguf"])

    def test_dry_run_names_the_cases_and_writes_nothing(self):
        text = self.bench("--dry-run", statuses=(0,)).out
        for name in self.bench("--list", statuses=(0,)).out.splitlines():
            self.assertIn(name, text)
        self.assertEqual([p.name for p in self.folder.iterdir()], ["tiny.gguf"])

    def test_filter_chooses_cases(self):
        names = self.bench("--list", "--filter", "decode depth=", statuses=(0,)).out.splitlines()
        self.assertTrue(names and all("decode" in name for name in names), names)

    def test_filter_that_finds_nothing_or_is_malformed_is_refused(self):
        model = self.tiny_model()
        self.refuses("bench", model, "--filter", "no such case")
        self.refuses("bench", model, "--filter", "(")

    def test_unwritable_record_is_refused(self):
        self.refuses("bench", self.tiny_model(), "--record", "/proc/nowhere/run.jsonl", mentions=["/proc/nowhere"])

    def test_forced_reference_is_what_ran(self):
        self.bench("--filter", "decode", "--isa", "reference", "--record", "run.jsonl", "--no-html", "--threads", 1)
        for measurement in record_lines(self.folder / "run.jsonl")[1:-1]:
            self.assertIn("reference", measurement["runner"] + " ".join(measurement["variants"]))
            self.assertFalse([v for v in measurement["variants"] if "avx" in v], measurement["variants"])

    def test_anonymised_record_names_neither_host_nor_user(self):
        self.bench("--filter", "decode", "--anonymise", "--record", "run.jsonl", "--no-html")
        environment = record_lines(self.folder / "run.jsonl")[0]["environment"]
        self.assertEqual((environment["host"], environment["user"]), ("", ""))


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


class InterruptTest(ProgramTest):
    def test_interrupt_keeps_what_was_measured(self):
        model, record = self.tiny_model(), self.folder / "run.jsonl"
        # A precision that is never reached: every case takes its share of the time.
        command = [BINARY, "bench", model, "--max-time", "40", "--precision", "0.0001", "--record", record, "--no-html"]
        process = subprocess.Popen(command, cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 120
        while not (record.exists() and record.read_text().count("\n") >= 2):
            self.assertIsNone(process.poll(), "the run ended by itself")
            self.assertLess(time.monotonic(), deadline, "no measurement was written")
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, INTERRUPTED, out + err)
        lines = record_lines(record)
        self.assertGreaterEqual(len([line for line in lines if "id" in line]), 1)
        self.assertFalse([line for line in lines if "end" in line])
        self.assertIn("decode", self.succeeds("report", record).out + "".join(line.get("id", "") for line in lines))
        self.assertFalse(json.loads(self.succeeds("report", record, "--format", "json").out)["complete"])


class TerminalTest(ProgramTest):
    def on_terminal(self, *arguments, stream="stdout", width=0, **environment):
        """What the program shows when one of its streams is a terminal."""
        leader, follower = pty.openpty()
        if width:
            fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
        streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, stream: follower}
        process = subprocess.Popen([BINARY, *map(str, arguments)], cwd=self.folder, stdin=subprocess.DEVNULL,
                                   env={**self.environment, **environment}, **streams)
        os.close(follower)
        shown = b""
        while True:
            try:
                part = os.read(leader, 65536)
            except OSError:  # the other end is closed
                part = b""
            if not part:
                break
            shown += part
        os.close(leader)
        process.wait(timeout=60)
        return shown.decode()

    def recorded(self):
        self.bench("--record", "run.jsonl", "--no-html")
        return self.folder / "run.jsonl"

    def test_a_terminal_gets_colour_and_a_pipe_does_not(self):
        record = self.recorded()
        self.assertIn(ESCAPE, self.on_terminal("report", record))
        self.assertNotIn(ESCAPE, self.succeeds("report", record).out)

    def test_progress_shows_samples_interval_and_time_left_on_a_terminal_only(self):
        # Sleeping is never so precise: the case takes all of its time.
        command = ["bench", BAD_SUITE, "--filter", "good_first|sleeps", "--max-time", 4, "--precision", 0.0001, "--no-html"]
        shown = self.on_terminal(*command, stream="stderr", width=100)
        self.assertRegex(shown, r"\[2/2\] n = \d+, ± [\d.]+ %, \d of \d s, \d s left  sleeps/plain n=20000")
        self.assertTrue(shown.endswith("\r" + ESCAPE + "K"), repr(shown[-40:]))
        narrow = self.on_terminal(*command, stream="stderr", width=40)
        for line in re.split(r"\r\x1b\[K", narrow):
            self.assertLess(len(line), 40)
        self.assertEqual(self.succeeds(*command, statuses=MEASURED).err, "")

    def test_no_color_is_honoured(self):
        self.assertNotIn(ESCAPE, self.on_terminal("report", self.recorded(), NO_COLOR="1"))

    def test_colour_always_wins_over_a_pipe_and_never_over_a_terminal(self):
        bench = self.bench("--filter", "decode", "--colour", "always", "--record", "run.jsonl", "--no-html")
        self.assertIn(ESCAPE, bench.out)
        model = self.folder / "tiny.gguf"
        self.assertNotIn(ESCAPE, self.on_terminal("bench", model, "--max-time", 1, "--filter", "decode", "--no-html",
                                                  "--colour", "never"))

    def test_a_narrow_terminal_gets_lines_that_fit(self):
        record = self.recorded()
        for width in (60, 80, 120):
            lines = self.succeeds("report", record, COLUMNS=str(width)).out.splitlines()
            self.assertLessEqual(max(map(len, lines)), width, "\n".join(lines))


class ReportTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.bench("--record", "run.jsonl", "--no-html")
        self.measurements = record_lines(self.folder / "run.jsonl")[1:-1]

    def test_record_reads_back_as_csv(self):
        rows = list(csv.DictReader(io.StringIO(self.succeeds("report", "run.jsonl", "--format", "csv").out)))
        self.assertEqual(len(rows), len(self.measurements))
        self.assertEqual([m["verdict"] for m in self.measurements], [row["verdict"] for row in rows])

    def test_record_reads_back_as_json(self):
        run = json.loads(self.succeeds("report", "run.jsonl", "--format", "json").out)
        self.assertEqual(run["measurements"], self.measurements)

    def test_record_reads_back_as_markdown(self):
        text = self.succeeds("report", "run.jsonl", "--format", "markdown").out
        self.assertGreaterEqual(len(re.findall(r"^\|.*\|$", text, re.MULTILINE)), len(self.measurements) + 2)

    def test_page_opens_without_network(self):
        self.succeeds("report", "run.jsonl", "--format", "html", "-o", "page.html")
        page = (self.folder / "page.html").read_text()
        self.assertIn("</html>", page)
        self.assertEqual(re.findall(r'<(?:script|link|img|iframe)[^>]+(?:src|href)="[^"]*"', page), [])

    def test_table_from_the_record_is_the_table_of_the_run(self):
        again = self.bench("--filter", "decode", "--record", "again.jsonl", "--no-html")
        self.assertIn(self.succeeds("report", "again.jsonl").out.strip(), again.out)


class GenerateTest(ProgramTest):
    def test_greedy_and_seeded_text_repeat_exactly(self):
        model = self.tiny_model()
        for sampling in ([], ["--temperature", "1.5", "--seed", "7"]):
            command = ["generate", model, "--prompt", "Once", "--max-tokens", 20, *sampling]
            self.assertEqual(self.succeeds(*command).out, self.succeeds(*command).out)

    def test_another_seed_gives_another_text(self):
        model = self.tiny_model()
        texts = {self.succeeds("generate", model, "--prompt", "Once", "--max-tokens", 20, "--temperature", "2", "--seed",
                               seed).out for seed in range(4)}
        self.assertGreater(len(texts), 1)

    def test_threads_do_not_change_the_text(self):
        model = self.tiny_model()
        texts = {self.succeeds("generate", model, "--prompt", "Once", "--max-tokens", 20, "--threads", n).out for n in (1, 2)}
        self.assertEqual(len(texts), 1)

    def test_stories260k_tells_the_known_story(self):
        weights, tokenizer = self.need_data("stories260K.bin"), self.need_data("tok512.bin")
        self.succeeds("model", "convert", weights, "--tokenizer", tokenizer, "-o", "stories.gguf")
        text = self.succeeds("generate", "stories.gguf", "--prompt", "Zoo", "--max-tokens", 64).out
        story = (" was a little girl named Lily. She loved to play outside in the park. One day, she saw a big, red ball. "
                 "She wanted to play with it, but she didn't want to play with")
        self.assertEqual(text[: len(story)], story)


class ModelTest(ProgramTest):
    def test_list_names_the_model_of_the_demo(self):
        self.assertIn(MODEL, self.succeeds("model", "list").out)

    def test_synth_gives_the_same_bytes_for_the_same_seed(self):
        first, again, other = (self.tiny_model(f"{i}.gguf", seed).read_bytes() for i, seed in enumerate((3, 3, 4)))
        self.assertEqual(first, again)
        self.assertNotEqual(first, other)

    def test_info_shows_family_and_type(self):
        text = self.succeeds("model", "info", self.tiny_model()).out.lower()
        for word in ("llama", "q8_0"):
            self.assertIn(word, text)

    def test_synth_refuses_an_unknown_shape_or_type(self):
        self.refuses("model", "synth", "--shape", "enormous", "--dtype", "q8_0", "-o", "x.gguf", mentions=["tiny"])
        self.refuses("model", "synth", "--shape", "tiny", "--dtype", "q9_9", "-o", "x.gguf", mentions=["q8_0"])
        self.assertEqual(list(self.folder.iterdir()), [])


class LimitsTest(ProgramTest):
    def test_limits_are_plausible_and_kept(self):
        first = self.succeeds("limits", "--json").out
        limits = json.loads(first)
        self.assertTrue(limits["bandwidth"] and limits["compute"])
        for line in limits["bandwidth"]:
            self.assertTrue(1e8 < line["bytes_per_second"] < 1e14, line)
        self.assertEqual(self.succeeds("limits", "--json").out, first)  # the second call reads the cache

    def test_table_shows_a_unit_for_every_kind(self):
        text = self.succeeds("limits").out
        for word in ("read", "copy", "GB/s", "ns"):
            self.assertIn(word, text)


class DoctorTest(ProgramTest):
    def test_quick_says_what_can_be_resolved_here(self):
        text = self.succeeds("doctor", "--quick", COLUMNS="80").out
        for what in ("core speed", "neighbours", "clock control", "timer", "cold cache", "large pages", "frequency sensor",
                     "thermal sensor", "steal counter"):
            self.assertRegex(text, rf"(?m)^(good|limits|missing) +{what}: ")
        self.assertLessEqual(max(map(len, text.splitlines())), 80, text)
        self.assertNotIn("false alarms", text)

    def test_compares_a_kernel_with_itself(self):
        found = json.loads(self.succeeds("doctor", "--json").out)
        self.assertEqual(found["comparisons"], 18)
        self.assertGreater(found["smallest_detectable"], 0)
        self.assertEqual([line["what"] for line in found["lines"]][:2], ["comparing", "false alarms"])
        for line in found["lines"]:
            self.assertIn(line["health"], ("good", "limits", "missing"))
            self.assertTrue(line["got"] and line["means"], line)


if __name__ == "__main__":
    unittest.main(verbosity=2)
