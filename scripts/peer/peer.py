"""What compare_speed and compare_logits share: where the two programs are, and what the peer says of itself."""
import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ASSAY = HERE.parent.parent / "build" / "release" / "bin" / "assay"


def driver():
    """Path of the llama.cpp driver, built first if need be."""
    done = subprocess.run([HERE / "setup_llamacpp"], stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(done.returncode)
    return done.stdout.splitlines()[-1]


def describe(output):
    """One line about the peer from the first line that the driver printed."""
    engine = json.loads(output.splitlines()[0])
    features = [word.split(" = ")[0].split(":")[-1].strip() for word in engine["system"].split("|") if " = 1" in word]
    return f"llama.cpp {engine['version']}, {engine['threads']} threads, {' '.join(features)}"
