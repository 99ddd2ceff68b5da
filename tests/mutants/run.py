#!/usr/bin/env python3
"""Mutants: for each rule that exactly-once stands on, a small patch takes the rule out; some test must then turn red.

    run.py [WORD..]

A mutant is tests/mutants/NAME.patch: lines before the first `---` say the rule (`rule: ..`) and the suites that should see
it (`tests: unit golden kill`, tried in this order, as `SUITE WORD..; SUITE WORD..`). The sources are copied, the patch is applied there, the
copy is built (build-mutants/), and the suites run on it. A patch that no longer applies fails: the rule has moved, so move the
patch. Patches are made by hand: change a copy, `diff -u`, keep the hunk.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import weirtest as t

HERE = pathlib.Path(__file__).resolve().parent
TREE = t.ROOT / "build-mutants" / "tree"
COPIED = ("meson.build", "meson.options", "meson_options.txt", "src", "tests", "examples")


def copy_sources():
    """Only files whose content differs are written, so that ninja builds no more than it must."""
    TREE.mkdir(parents=True, exist_ok=True)
    kept = set()
    for name in COPIED:
        top = t.ROOT / name
        for source in ([top] if top.is_file() else sorted(path for path in top.rglob("*") if path.is_file())):
            if "__pycache__" in source.parts:
                continue
            target = TREE / source.relative_to(t.ROOT)
            kept.add(target)
            if not target.exists() or target.read_bytes() != source.read_bytes():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, target)
                os.utime(target)
    for name in COPIED:
        for path in (TREE / name).rglob("*") if (TREE / name).is_dir() else []:
            if path.is_file() and path not in kept and "__pycache__" not in path.parts:
                path.unlink()


def build():
    if not (TREE / "build" / "build.ninja").exists():
        done = subprocess.run(["meson", "setup", "build", "--buildtype=debugoptimized", "-Db_lto=false"], cwd=TREE, capture_output=True, text=True)
        if done.returncode:
            raise t.Failed(f"meson setup failed\n{done.stdout[-3000:]}")
    done = subprocess.run(["ninja", "-C", "build"], cwd=TREE, capture_output=True, text=True)
    if done.returncode:
        raise t.Failed(f"the mutant does not build\n{done.stdout[-3000:]}")


def run_tests(command):
    """True where the suite is green."""
    words = command.split()
    env = {**os.environ, "WEIR_BUILD": "build", "WEIR_TEST_LONG": "", "WEIR_TEST_SEED": str(t.SEED)}
    done = subprocess.run([sys.executable, f"tests/{words[0].replace('-', '_')}/run.py", *words[1:]], cwd=TREE, env=env, capture_output=True,
                          text=True, timeout=900)
    return done.returncode == 0, done.stdout


def fields(patch):
    head = patch.read_text(encoding="utf-8").split("\n--- ", 1)[0]
    found = dict(re.findall(r"^(rule|tests): (.*)$", head, re.M))
    if set(found) != {"rule", "tests"}:
        raise t.Failed(f"{patch.name} lacks a rule: or tests: line")
    return found


def mutant(directory, patch):
    found = fields(patch)
    copy_sources()
    done = subprocess.run(["patch", "-p1", "--no-backup-if-mismatch", "-i", str(patch)], cwd=TREE, capture_output=True, text=True)
    try:
        if done.returncode:
            raise t.Failed(f"the patch no longer applies\n{done.stdout}")
        build()
        for command in found["tests"].split(";"):
            green, output = run_tests(command.strip())
            if not green:
                red = [line for line in output.splitlines() if line.startswith("FAIL")]
                t.report(f"{patch.stem:<34} red: {command.strip()}: {(red or ['?'])[0][:60]}")
                return
        raise t.Failed(f"survived: no test of `{found['tests']}` turned red\nrule: {found['rule']}")
    finally:
        copy_sources()


def healthy(directory, commands):
    """Without a mutant the same tests are green; else a red one would prove nothing."""
    copy_sources()
    build()
    for command in commands:
        green, output = run_tests(command)
        if not green:
            raise t.Failed(f"{command} is red without any mutant\n{t.clip(output)}")


def main():
    suite = t.Suite("mutants")
    patches = t.matching(sorted(HERE.glob("*.patch")), sys.argv[1:])
    if not patches:
        print("FAIL mutants: there are no patches")
        suite.failed += 1
        suite.finish()
    commands = sorted({command.strip() for patch in patches for command in fields(patch)["tests"].split(";")})
    if suite.case("the same tests without a mutant", healthy, commands) == "ok":
        for patch in patches:
            suite.case(patch.stem, mutant, patch)
    suite.finish()


if __name__ == "__main__":
    main()
