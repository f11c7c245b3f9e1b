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
import signal
import struct
import subprocess
import tempfile
import termios
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
BINARY = pathlib.Path(os.environ.get("ASSAY_BINARY", ROOT / "build" / "dev" / "bin" / "assay")).resolve()
DATA = pathlib.Path(os.environ.get("ASSAY_TEST_DATA", ROOT.parent / "shared" / "data"))
BAD_SUITE = BINARY.parent / "libbad_suite.so"  # tests/bad_suite.cc
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

    def bench(self, *arguments, seconds=2, statuses=MEASURED, **environment):
        """A run that measures every case: one that its time cuts short, on a busy machine, is repeated with more."""
        model = self.tiny_model()
        for max_time in (seconds, 3 * seconds, 10 * seconds):
            done = self.succeeds("bench", model, "--max-time", max_time, *arguments, statuses=statuses, **environment)
            if "cases were not measured" not in done.err:
                break
            for written in [*self.folder.glob("**/*.jsonl"), *self.folder.glob("*.html")]:
                written.unlink()
        return done

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
        self.bench("--record", "run.jsonl", "--no-html", seconds=8)  # the reference has to fit in, too
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
