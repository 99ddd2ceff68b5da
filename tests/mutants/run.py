#!/usr/bin/env python3
"""Mutants: for each rule that exactly-once stands on, a small patch takes the rule out; some test must then turn red.

    run.py [WORD..]

A mutant is tests/mutants/NAME.patch: lines before the first `---` say the rule (`rule: ..`) and the tests that should see it
(`tests: SUITE WORD..; SUITE WORD..`, tried in this order: cheap ones first). The sources are copied once (build-mutants/tree);
there each patch in turn is applied, what its tests need is built, the tests run, and the patched files are put back. A patch
that no longer applies fails: the rule has moved, so move the patch. Patches are made by hand: change a copy, `diff -u`, keep
the hunk.
"""
import json
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


def meson_setup():
    if not (TREE / "build" / "build.ninja").exists():
        done = subprocess.run(["meson", "setup", "build", "--buildtype=debugoptimized"], cwd=TREE, capture_output=True, text=True)
        if done.returncode:
            raise t.Failed(f"meson setup failed\n{done.stdout[-3000:]}")


def targets(command):
    """What ninja must build for a command: the programs of these unit tests, or weir."""
    suite, *words = command.split()
    if suite != "unit":
        return {"weir"}
    tests = json.loads(subprocess.check_output(["meson", "introspect", "--tests", "build"], cwd=TREE))
    found = {os.path.relpath(test["cmd"][0], TREE / "build") for test in tests if any(word in test["name"] for word in words)}
    if not found:
        raise t.Failed(f"`{command}` names no test")
    return found


def build(names):
    done = subprocess.run(["ninja", "-C", "build", *sorted(names)], cwd=TREE, capture_output=True, text=True)
    if done.returncode:
        raise t.Failed(f"it does not build\n{done.stdout[-3000:]}")


def run_tests(command):
    """True where the suite is green."""
    words = command.split()
    env = {**os.environ, "WEIR_BUILD": "build", "WEIR_TEST_LONG": "", "WEIR_TEST_SEED": str(t.SEED)}
    done = subprocess.run([sys.executable, f"tests/{words[0].replace('-', '_')}/run.py", *words[1:]], cwd=TREE, env=env, capture_output=True,
                          text=True, timeout=900)
    return done.returncode == 0, done.stdout


def fields(patch):
    """The rule, the tests' commands, and the patched files."""
    head, *diffs = re.split(r"^--- a/", patch.read_text(encoding="utf-8"), flags=re.M)
    found = dict(re.findall(r"^(rule|tests): (.*)$", head, re.M))
    if set(found) != {"rule", "tests"} or not diffs:
        raise t.Failed(f"{patch.name} lacks a rule: or tests: line, or a diff")
    return found["rule"], [command.strip() for command in found["tests"].split(";")], [diff.split()[0] for diff in diffs]


def mutant(directory, patch):
    rule, commands, names = fields(patch)
    before = {name: (TREE / name).read_bytes() for name in names}
    started = time.monotonic()
    done = subprocess.run(["patch", "-p1", "--fuzz=1", "--no-backup-if-mismatch", "-r", "-", "-i", str(patch)], cwd=TREE,
                          capture_output=True, text=True)
    try:
        if done.returncode:
            raise t.Failed(f"the patch no longer applies\n{done.stdout}")
        for command in commands:
            build(targets(command))
            green, output = run_tests(command)
            if not green:
                t.report(f"{patch.stem:<38} {time.monotonic() - started:5.1f} s  red: {command}: {first_red(output)}")
                return
        raise t.Failed(f"survived: no test of `{'; '.join(commands)}` turned red\nrule: {rule}")
    finally:
        for name, content in before.items():
            (TREE / name).write_bytes(content)


def first_red(output):
    """The test that turned red: cmocka's name of it, or the suite's line."""
    found = re.search(r"^\[  FAILED  \] (?!\d)([^\n:]*: )?(\w+)", output, re.M) or re.search(r"^FAIL \w+: ()([^\n]*)", output, re.M)
    return found.group(2)[:70] if found else "?"


def healthy(directory, commands):
    """Without a mutant the same tests are green; else a red one would prove nothing."""
    copy_sources()
    meson_setup()
    build(set().union(*map(targets, commands)))
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
    commands = sorted({command for patch in patches for command in fields(patch)[1]})
    if suite.case("the same tests without a mutant", healthy, commands) == "ok":
        for patch in patches:
            suite.case(patch.stem, mutant, patch)
    suite.finish()


if __name__ == "__main__":
    main()
