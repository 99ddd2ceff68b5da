"""What the runners under tests/ share: where the binary is, how a suite counts, how sinks are read. Standard library only.

Every suite ends with the line `N passed, N failed, N skipped`, which ./dev adds up.
"""
import concurrent.futures
import glob
import json
import os
import pathlib
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("WEIR_BUILD", "build")
WEIR = str(BUILD / "weir")
LONG = bool(os.environ.get("WEIR_TEST_LONG"))
SEED = int(os.environ.get("WEIR_TEST_SEED") or random.SystemRandom().randrange(1 << 30))
SANITIZED = BUILD.name in ("build-asan", "build-tsan")
SLOWNESS = 8 if SANITIZED else 1  # timeouts are multiplied by this
NOW = "2026-01-02 03:04:05+00"

SANITIZER_ENV = {
    "ASAN_OPTIONS": "abort_on_error=1:detect_stack_use_after_return=1:strict_string_checks=1:allocator_may_return_null=1",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1:abort_on_error=1",
    "TSAN_OPTIONS": "halt_on_error=1:abort_on_error=1:second_deadlock_stack=1",
}


class Failed(Exception):
    """A check did not hold; the text says which."""


class Skipped(Exception):
    """A case cannot run here; the text says why."""


def environment(extra=None):
    env = {k: v for k, v in os.environ.items() if not k.startswith("WEIR_") and k not in ("CUSTOMERS", "CITIES")}
    env.update(SANITIZER_ENV)
    env.update({"LC_ALL": "C.UTF-8", "TZ": "UTC", "NO_COLOR": "1"})
    env.update(extra or {})
    return env


class Result:
    def __init__(self, args, code, out, err):
        self.args, self.code, self.out, self.err = args, code, out, err

    @property
    def stdout(self):
        return self.out.decode("utf-8", "backslashreplace")

    @property
    def stderr(self):
        return self.err.decode("utf-8", "backslashreplace")

    def tell(self):
        return (f"$ {' '.join(self.args)}\nexit {self.code}\n--- stdout\n{clip(self.stdout)}--- stderr\n{clip(self.stderr)}")

    def ok(self):
        return self.want(0)

    def want(self, code):
        if self.code != code:
            raise Failed(f"exit {self.code}, wanted {code}\n{self.tell()}")
        return self


def clip(text, limit=3000):
    if len(text) > limit:
        text = text[: limit // 2] + f"\n[.. {len(text) - limit} characters ..]\n" + text[-limit // 2:]
    return text if text.endswith("\n") or not text else text + "\n"


SANITIZER_WORDS = (b"AddressSanitizer", b"LeakSanitizer", b"ThreadSanitizer", b"runtime error:", b"ERROR: libFuzzer")


def weir(*args, cwd=None, env=None, stdin=b"", timeout=60, preexec=None, binary=None):
    """Runs the binary to its end. A sanitizer's report or a death by a signal of its own always fails."""
    args = [str(binary or WEIR), *map(str, args)]
    if isinstance(stdin, str):
        stdin = stdin.encode()
    try:
        done = subprocess.run(args, cwd=cwd, env=environment(env), input=stdin, capture_output=True,
                              timeout=timeout * SLOWNESS, preexec_fn=preexec)
    except subprocess.TimeoutExpired as late:
        raise Failed(f"did not end within {timeout * SLOWNESS} s: {' '.join(args)}\n"
                     f"{clip((late.stderr or b'').decode('utf-8', 'backslashreplace'))}") from None
    result = Result(["weir", *args[1:]], done.returncode, done.stdout, done.stderr)
    check_crash(result)
    return result


def check_crash(result, killed=False):
    if any(word in result.err for word in SANITIZER_WORDS):
        raise Failed(f"a sanitizer complains\n{result.args}\n{clip(result.stderr, 8000)}")
    if result.code < 0 and not killed:
        raise Failed(f"died of signal {-result.code}\n{result.tell()}")


class Process:
    """A running weir, whose output is read in the background."""

    def __init__(self, *args, cwd=None, env=None, stdin=subprocess.DEVNULL):
        self.args = [WEIR, *map(str, args)]
        self.started = time.monotonic()
        self.popen = subprocess.Popen(self.args, cwd=cwd, env=environment(env), stdin=stdin, stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE)
        self.chunks = {"out": bytearray(), "err": bytearray()}
        self.threads = [threading.Thread(target=self._read, args=(name, pipe), daemon=True)
                        for name, pipe in (("out", self.popen.stdout), ("err", self.popen.stderr))]
        for thread in self.threads:
            thread.start()

    def _read(self, name, pipe):
        while chunk := pipe.read1(65536):
            self.chunks[name] += chunk

    def signal(self, number):
        self.popen.send_signal(number)

    def wait(self, timeout=60, killed=False):
        try:
            code = self.popen.wait(timeout * SLOWNESS)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()
            raise Failed(f"did not end within {timeout * SLOWNESS} s: {' '.join(self.args)}\n"
                         f"{clip(self.chunks['err'].decode('utf-8', 'backslashreplace'))}") from None
        for thread in self.threads:
            thread.join(5)
        result = Result(["weir", *self.args[1:]], code, bytes(self.chunks["out"]), bytes(self.chunks["err"]))
        check_crash(result, killed)
        return result

    def stop(self):
        if self.popen.poll() is None:
            self.popen.kill()
            self.popen.wait()


def eventually(condition, timeout=10, what="the condition"):
    """Waits until condition() is true, and returns what it gave."""
    end = time.monotonic() + timeout * SLOWNESS
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.02)
    raise Failed(f"{what} did not come true within {timeout * SLOWNESS} s")


# --- reading sinks without weir --------------------------------------------------------------------------------

def commit_log_entries(directory):
    """The entries of a Spark-style commit log, in order, as a reader of Spark's finds them."""
    log = pathlib.Path(directory) / "_spark_metadata"
    ids = {}
    if log.is_dir():
        for entry in log.iterdir():
            name = entry.name
            if name.startswith("."):
                continue
            stem = name.removesuffix(".compact")
            if stem.isdigit():
                ids.setdefault(int(stem), {})["compact" if name.endswith(".compact") else "plain"] = entry
    if not ids:
        return []
    compacts = [number for number, kinds in ids.items() if "compact" in kinds]
    first = max(compacts, default=0)
    last = max(ids)
    entries = []
    for number in range(first, last + 1):
        if number not in ids:
            raise Failed(f"{log}: id {number} is missing below {last}")
        path = ids[number].get("compact") if number == first and first in compacts else ids[number].get("plain")
        lines = path.read_text(encoding="utf-8").splitlines()
        if not lines or lines[0] != "v1":
            raise Failed(f"{path}: the first line is not v1")
        for line in lines[1:]:
            entry = json.loads(line)
            # Metadata of weir's own may stand beside Spark's entries; a data file has these fields.
            if entry.get("action") == "delete":
                entries = [kept for kept in entries if kept["path"] != entry["path"]]
            elif "path" in entry:
                entries.append(entry)
    return entries


def part_paths(directory):
    paths = []
    for entry in commit_log_entries(directory):
        if entry.get("isDir"):
            continue  # a mark: epochs without rows, no part
        path = entry["path"]
        if path.startswith("file:"):
            path = urllib.parse.unquote(urllib.parse.urlparse(path).path)
        path = pathlib.Path(path)
        if not path.is_absolute():
            path = pathlib.Path(directory) / path
        if path.stat().st_size != entry["size"]:
            raise Failed(f"{path}: {path.stat().st_size} bytes, the commit log says {entry['size']}")
        paths.append(path)
    if len(set(paths)) != len(paths):
        raise Failed(f"{directory}: a part stands twice in the commit log")
    return paths


def part_bytes(directory):
    """What a reader of the commit log sees: the parts in the log's order."""
    return b"".join(path.read_bytes() for path in part_paths(directory))


def sqlite_rows(path, table, order="rowid"):
    """All rows of a table as CSV-like text with a header; NULL is the empty field, text is quoted where it must be."""
    if not pathlib.Path(path).exists():
        raise Failed(f"there is no database {path}")
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)
    database.text_factory = lambda raw: raw.decode("utf-8", "backslashreplace")
    try:
        cursor = database.execute(f'SELECT * FROM "{table}" ORDER BY {order}')
        lines = [",".join(column[0] for column in cursor.description)]
        for row in cursor:
            lines.append(",".join(map(csv_field, row)))
    except sqlite3.Error as error:
        raise Failed(f"{path}: {table}: {error}") from None
    finally:
        database.close()
    return "".join(line + "\n" for line in lines)


def csv_field(value):
    if value is None:
        return ""
    if isinstance(value, bytes):
        return "x'" + value.hex() + "'"
    text = str(value)
    if text == "" or any(c in text for c in ',"\r\n'):
        return '"' + text.replace('"', '""') + '"'
    return text


def test_steps():
    """The names of the steps at which WEIR_TEST_CRASH can end a process."""
    return [line.strip() for line in weir("version", "--test-steps").ok().stdout.splitlines() if line.strip()]


# --- a suite ---------------------------------------------------------------------------------------------------

class Suite:
    """Counts cases and prints what failed. Each case gets an empty directory of its own."""

    def __init__(self, name):
        self.name, self.passed, self.failed, self.skipped = name, 0, 0, 0
        self.lock = threading.Lock()
        self.base = pathlib.Path(tempfile.mkdtemp(prefix=f"weir-{name}-"))
        self.started = time.monotonic()
        if not os.access(WEIR, os.X_OK):
            print(f"FAIL {name}: there is no binary {WEIR}: ./dev build")
            self.failed += 1
            self.finish()

    def case(self, name, function, *args):
        directory = pathlib.Path(tempfile.mkdtemp(prefix="case-", dir=self.base))
        word, text = "ok", ""
        try:
            function(directory, *args)
        except Skipped as why:
            word, text = "SKIP", str(why)
        except Failed as why:
            word, text = "FAIL", str(why)
        except Exception:
            word, text = "FAIL", traceback.format_exc()
        with self.lock:
            self.passed += word == "ok"
            self.failed += word == "FAIL"
            self.skipped += word == "SKIP"
            if word != "ok":
                print(f"{word} {self.name}: {name}\n    " + clip(text, 6000).rstrip("\n").replace("\n", "\n    "), flush=True)
            elif os.environ.get("VERBOSE"):
                print(f"ok {self.name}: {name}", flush=True)
        shutil.rmtree(directory, ignore_errors=True)
        return word

    def parallel(self, cases, workers=None):
        """Runs (name, function, *args) tuples, as many at a time as there are cores."""
        with concurrent.futures.ThreadPoolExecutor(workers or os.cpu_count()) as pool:
            return list(pool.map(lambda case: self.case(*case), cases))

    def finish(self):
        shutil.rmtree(self.base, ignore_errors=True)
        print(f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped", flush=True)
        sys.exit(1 if self.failed or self.skipped else 0)


def report(line=""):
    """A line that `./dev test --long` copies into docs/test-report.md."""
    print(f"report> {line}")


def matching(names, wanted):
    """Those of the names that contain one of the wanted words; all of them when nothing is wanted."""
    return [name for name in names if not wanted or any(word in str(name) for word in wanted)]


def same(got, want, what):
    if got == want:
        return
    import difflib
    def lines(value):
        if isinstance(value, bytes):
            value = value.decode("utf-8", "backslashreplace")
        return value.splitlines()
    diff = "\n".join(list(difflib.unified_diff(lines(want), lines(got), "expected", "got", lineterm=""))[:80])
    raise Failed(f"{what} differs\n{diff or 'only in line ends or the last newline'}")


def test_data():
    """Real input beside the checkout, where there is any: a directory with customers.csv and us_cities.csv, or None."""
    for place in (os.environ.get("WEIR_TEST_DATA"), ROOT.parent / "shared" / "data"):
        if place and (pathlib.Path(place) / "customers.csv").is_file():
            return pathlib.Path(place)
    return None
