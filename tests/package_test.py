#!/usr/bin/env python3
"""assay as other projects use it: this build installed into a folder, and examples/ built against that as a project of
its own, once as a program and once as a plug-in.

  ASSAY_BINARY=build/dev/bin/assay tests/package_test.py    (ctest sets ASSAY_BINARY)
"""
import os
import re
import subprocess
import unittest

from program_test import BINARY, MEASURED, ROOT, ProgramTest, record_lines

BUILD = BINARY.parent.parent


def cached(name):
    """The value of a variable of this build."""
    found = re.search(rf"^{name}:\w+=(.*)$", (BUILD / "CMakeCache.txt").read_text(), re.MULTILINE)
    return found.group(1) if found else ""


class PackageTest(ProgramTest):
    def cmake(self, *arguments):
        done = subprocess.run(["cmake", *map(str, arguments)], cwd=self.folder, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=200,
                              env={**os.environ, "LC_ALL": "C"})
        self.assertEqual(done.returncode, 0, f"{arguments}\n{done.stdout[-4000:]}")

    def build_examples(self, *targets):
        prefix, build = self.folder / "prefix", self.folder / "build"
        self.cmake("--install", BUILD, "--prefix", prefix)
        sanitize = cached("ASSAY_SANITIZE")
        flags = f"-fsanitize={sanitize} -fno-sanitize-recover=all" if sanitize else ""
        self.cmake("-S", ROOT / "examples", "-B", build, "-G", cached("CMAKE_GENERATOR"), "-DCMAKE_BUILD_TYPE=Debug",
                   f"-DCMAKE_PREFIX_PATH={prefix}", f"-DCMAKE_CXX_COMPILER={cached('CMAKE_CXX_COMPILER')}",
                   f"-DCMAKE_CXX_FLAGS={flags}")
        self.cmake("--build", build, "--target", *targets)
        return prefix / "bin" / "assay", build

    def measures(self, record, *command):
        """Lists the cases, and measures each of them right."""
        names = subprocess.run([*command, "--list"], cwd=self.folder, env=self.environment, capture_output=True,
                               text=True, timeout=60).stdout.splitlines()
        self.assertIn("saxpy/plain n=4096", names)
        done = subprocess.run([*command, "--max-time", "2", "--record", record, "--no-html"], cwd=self.folder,
                              env=self.environment, capture_output=True, text=True, timeout=60)
        self.assertIn(done.returncode, MEASURED, done.stdout + done.stderr)
        measured = {m["id"]: m for m in record_lines(self.folder / record) if "id" in m}
        self.assertIn(names[0], measured)
        for name, measurement in measured.items():
            self.assertEqual(measurement["output"]["calls_wrong"], 0, name)
            self.assertNotIn("crashed", [f["code"] for f in measurement["findings"]], name)

    def test_another_project_builds_and_runs_a_program_and_a_plug_in(self):
        assay, build = self.build_examples("saxpy", "saxpy_plugin")
        self.measures("program.jsonl", build / "saxpy")
        self.measures("plugin.jsonl", assay, "bench", build / "libsaxpy.so")


if __name__ == "__main__":
    unittest.main(verbosity=2)
