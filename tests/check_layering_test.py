#!/usr/bin/env python3
"""scripts/check_layering goes red on every kind of fault, planted in a small tree, and is green without them."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

CHECK = pathlib.Path(__file__).resolve().parent.parent / "scripts" / "check_layering"

TREE = {
    "ARCHITECTURE.md": "| `ground/` | a | b |\n| `walls/` | a | b |\n| `device/` | a | b |\n| `roof/` | a | b |\n",
    "include/assay/public.h": "#include <vector>\n",
    "src/CMakeLists.txt": "set(ASSAY_ROOMS ground walls device roof)\n",
    "src/ground/CMakeLists.txt": "assay_room(ground SOURCES a.cc)\n",
    "src/ground/a.h": "#include <string>\n",
    "src/walls/CMakeLists.txt": "assay_room(walls SOURCES a.cc\n  ROOMS ground  # the floor\n  LIBRARIES fmt::fmt)\n",
    "src/walls/a.cc": '#include "walls/a.h"\n#include "ground/a.h"\n#include "assay/public.h"\n',
    "src/walls/a.h": "",
    "src/device/CMakeLists.txt": "assay_room(device SOURCES a.cc)\n",
    "src/device/a.cc": "#if ASSAY_CUDA\n#include <cuda_runtime.h>\n#endif\n",
    "src/roof/CMakeLists.txt": "assay_room(roof SOURCES a.cc ROOMS walls)\n",
    "src/roof/a.cc": '#include "walls/a.h"\n',
    "src/roof/kernel.cu": "#include <cuda_fp16.h>\n",
}


def check(changes):
    """Exit status and output of the check on TREE with some files replaced."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in {**TREE, **changes}.items():
            path = pathlib.Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        done = subprocess.run([sys.executable, CHECK, folder], capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr


class LayeringTest(unittest.TestCase):
    def refuses(self, changes, expected):
        status, output = check(changes)
        self.assertEqual(status, 1, output)
        self.assertIn(expected, output)
        self.assertIn(" 1 faults", output)

    def test_accepts_a_tree_that_keeps_the_rules(self):
        status, output = check({})
        self.assertEqual((status, output), (0, "layering: 4 rooms, 0 faults\n"))

    def test_refuses_an_upward_include(self):
        self.refuses({"src/ground/b.cc": '// why\n#include "walls/a.h"\n'}, "src/ground/b.cc:2: 'walls/a.h' is an upward include")

    def test_refuses_an_upward_include_in_a_unit_test_or_subfolder(self):
        self.refuses({"src/walls/part/b_test.cc": '  #  include "roof/a.cc"'}, "src/walls/part/b_test.cc:1")

    def test_refuses_a_room_that_is_not_declared(self):
        self.refuses({"src/roof/b.cc": '#include "ground/a.h"\n'}, "does not declare after ROOMS")

    def test_refuses_a_declaration_of_a_room_below(self):
        self.refuses({"src/walls/CMakeLists.txt": "assay_room(walls SOURCES a.cc ROOMS ground roof)\n"}, "ROOMS names roof")

    def test_refuses_a_project_header_in_angle_brackets(self):
        self.refuses({"src/ground/b.cc": "#include <walls/a.h>\n"}, "upward include")

    def test_refuses_a_quoted_name_that_is_no_file(self):
        self.refuses({"src/roof/b.cc": '#include "kernel.cu"\n'}, "is no file under src/ or include/")

    def test_refuses_a_way_around_through_the_parent_folder(self):
        self.refuses({"src/ground/b.cc": '#include "../walls/a.h"\n'}, "is no file under src/ or include/")

    def test_accepts_a_generated_header_that_the_room_declares(self):
        rooms = "assay_room(roof SOURCES a.cc ROOMS walls)\nconfigure_file(made.h.in made.h)\n"
        status, output = check({"src/roof/CMakeLists.txt": rooms, "src/roof/b.cc": '#include "made.h"\n'})
        self.assertEqual(status, 0, output)

    def test_refuses_a_folder_that_is_no_room(self):
        self.refuses({"src/attic/a.h": ""}, "src/attic: a folder that is no room")

    def test_refuses_an_architecture_table_in_another_order(self):
        rows = TREE["ARCHITECTURE.md"].splitlines(keepends=True)
        self.refuses({"ARCHITECTURE.md": "".join(reversed(rows))}, "ARCHITECTURE.md: its table has the rooms roof")

    def test_refuses_a_private_include_in_a_public_header(self):
        self.refuses({"include/assay/public.h": '#include "ground/a.h"\n'}, "include/assay/public.h:1")

    def test_refuses_a_cuda_condition_outside_device(self):
        self.refuses({"src/roof/b.cc": "#ifdef __CUDACC__\n#endif\n"}, "src/roof/b.cc:1: a CUDA #if outside device/")

    def test_refuses_a_cuda_header_outside_device(self):
        self.refuses({"src/roof/b.cc": "#include <cuda_runtime.h>\n"}, "CUDA header 'cuda_runtime.h' outside device/")


if __name__ == "__main__":
    unittest.main()
