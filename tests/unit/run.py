#!/usr/bin/env python3
"""Runs the cmocka tests that lie beside their subjects in src/, as meson lists them, and counts their cases.

    run.py [--threads] [WORD..]    --threads: only those that start threads (base, commit, runtime, connector)
"""
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import weirtest as t

THREADED = ("runtime", "commit", "base", "connector", "epoch", "task", "queue", "log_", "file_", "metrics")


def run(test):
    env = t.environment({**test.get("env", {}), "CMOCKA_MESSAGE_OUTPUT": "STDOUT"})
    with tempfile.TemporaryDirectory(prefix="weir-unit-") as scratch:
        env["TMPDIR"] = scratch
        try:
            done = subprocess.run(test["cmd"], cwd=test.get("workdir") or t.ROOT, env=env, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, timeout=120 * t.SLOWNESS)
        except subprocess.TimeoutExpired as late:
            return test, None, (late.stdout or b"").decode("utf-8", "replace") + "\ntoo slow"
    return test, done.returncode, done.stdout.decode("utf-8", "replace")


def main():
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    introspect = json.loads(subprocess.check_output(["meson", "introspect", "--tests", str(t.BUILD)]))
    tests = [test for test in introspect if not words or any(word in test["name"] for word in words)]
    if "--threads" in sys.argv:
        tests = [test for test in tests if any(word in " ".join([test["name"], *test["cmd"], *test["suite"]]) for word in THREADED)]
    passed = failed = skipped = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for test, code, output in pool.map(run, tests):
            p = sum(map(int, re.findall(r"\[  PASSED  \] (\d+) test", output)))
            f = sum(map(int, re.findall(r"\[  FAILED  \] [^\n]*?(\d+) test", output)))
            s = len(re.findall(r"\[  SKIPPED \] \w", output))
            if code != 0 or f:
                f = max(f, 1)
                print(f"FAIL unit: {test['name']} (exit {code})\n{t.clip(output, 6000)}", flush=True)
            elif p == 0:
                p = 1  # a test program of its own kind that says nothing
            passed, failed, skipped = passed + p, failed + f, skipped + s
    if not tests:
        print("FAIL unit: meson knows no tests")
        failed = 1
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed or skipped else 0)


if __name__ == "__main__":
    main()
