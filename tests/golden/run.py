#!/usr/bin/env python3
"""Runs the golden files: tests/golden/*.test, one behaviour each (README.md beside this says how they are written).

    run.py [--update] [--reduced | --threads] [WORD..]

Every file is run with batches of 1, 3 and 1024 rows, with portable and best kernels, and with a crash and restart at every step
of an epoch: the same output always. --update fills in the expected blocks from one run, for review. --reduced (sanitizer
builds) runs batches of 3 rows with the best kernels, and the crashes of only every third file; --threads (TSan) no crashes.
"""
import pathlib
import re
import shlex
import shutil
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import weirtest as t

HERE = pathlib.Path(__file__).resolve().parent
EXPECTED = ("output", "stdout", "stderr", "error", "query")
HEADS = EXPECTED + ("pipeline", "use", "input", "produce", "run", "weir", "stdin", "exit", "crash", "restart", "advance", "remove",
                    "metric", "at-least-once", "set")


class Block:
    def __init__(self, head, body, line):
        words = head.split(None, 1)
        self.kind, self.rest, self.body, self.line = words[0], words[1] if len(words) > 1 else "", body, line
        self.head = head

    def text(self):
        return self.body

    def data(self):
        """The content in bytes; [escaped] allows \\xNN \\n \\r \\t \\\\, [no newline] leaves the last line open."""
        body = self.body.encode()
        if "[no newline]" in self.rest:
            body = body.removesuffix(b"\n")
        if "[escaped]" in self.rest:
            body = re.sub(rb"\\(x[0-9a-fA-F]{2}|.)", unescape, body)
        return body

    def name(self):
        return re.sub(r"\[.*?\]", "", self.rest).strip()


def unescape(match):
    what = match.group(1)
    if what[:1] == b"x" and len(what) == 3:
        return bytes([int(what[1:], 16)])
    return {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"\\": b"\\", b"0": b"\0"}[what]


def escape(data):
    """Expected output as text: UTF-8 as it is, every other byte and backslashes as \\xNN."""
    return data.decode("utf-8", "backslashreplace")


def parse(path):
    blocks, preamble = [], []
    head, body, start = None, [], 0
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        if line.startswith("--- "):
            if head is not None:
                blocks.append(Block(head, "".join(x + "\n" for x in body), start))
            head, body, start = line[4:].strip(), [], number
            if head.split()[0] not in HEADS:
                raise t.Failed(f"{path.name}:{number}: unknown block {head.split()[0]!r}")
        elif head is None:
            preamble.append(line)
        else:
            body.append(line)
    # The newline that ends the file ends the last line of its last block.
    if head is not None:
        if body and body[-1] == "":
            body.pop()
        blocks.append(Block(head, "".join(x + "\n" for x in body), start))
    return preamble, blocks


def write(path, preamble, blocks):
    text = "".join(line + "\n" for line in preamble)
    for block in blocks:
        text += f"--- {block.head}\n{block.body}"
    path.write_text(text, encoding="utf-8")


class Play:
    """One run of a golden file in one directory under one environment."""

    def __init__(self, path, blocks, directory, env, crash=None, update=False):
        self.path, self.blocks, self.dir, self.update, self.auto_crash = path, blocks, directory, update, crash
        self.env = {"WEIR_TEST_NOW": t.NOW, "WEIR_DATA": "data", **env}
        self.pipelines, self.last, self.checked = [], None, True
        self.last_run = None
        self.seconds = 0
        self.stdin = b""
        self.crash_next = None
        self.crashed = 0

    def play(self):
        expects_error = any(block.kind in ("error", "exit") for block in self.blocks)
        ran = any(block.kind in ("run", "weir", "query") for block in self.blocks)
        for index, block in enumerate(self.blocks):
            if not ran and block.kind in ("output", "stdout", "stderr", "error", "metric", "exit") and self.last is None:
                self.run(["--drain"])
            try:
                self.step(block, index)
            except t.Failed as why:
                raise t.Failed(f"{self.path.name}:{block.line}: {block.head}\n{why}") from None
        if not ran and self.last is None:
            self.run(["--drain"])
        if not expects_error:
            self.settle()

    def settle(self):
        """Before the next command: the last one must have ended as it should."""
        if not self.checked:
            self.checked = True
            self.last.ok()

    def step(self, block, index):
        kind, name = block.kind, block.name()
        follows = self.blocks[index + 1:]
        if kind == "pipeline":
            name = name or "pipeline.sql"
            (self.dir / name).write_bytes(block.data())
            if name not in self.pipelines:
                self.pipelines.append(name)
        elif kind == "use":
            target = pathlib.Path(name).name
            shutil.copy(t.ROOT / name, self.dir / target)
            if target.endswith(".sql"):
                self.pipelines.append(target)
        elif kind == "input":
            self.settle()
            path = self.dir / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(block.data())
        elif kind == "remove":
            path = self.dir / name
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        elif kind == "set":
            key, value = name.split("=", 1)
            self.env[key] = value
        elif kind == "stdin":
            self.stdin = block.data()
        elif kind == "produce":
            self.settle()
            self.weir(["produce", *self.pipelines, name], block.data())
            self.settle()
        elif kind == "run":
            self.settle()
            self.run(shlex.split(name) or ["--drain"])
        elif kind == "restart":
            self.settle()
            self.run(self.last_run)
        elif kind == "weir":
            self.settle()
            self.weir([self.pipelines_in(word) for word in shlex.split(name)])
        elif kind == "crash":
            words = name.split()
            self.crash_next = f"{words[1]}:{words[2] if len(words) > 2 else 1}"
        elif kind == "advance":
            amount, unit = re.fullmatch(r"(\d+) ?(s|min|h|d)", name).groups()
            self.seconds += int(amount) * {"s": 1, "min": 60, "h": 3600, "d": 86400}[unit]
            self.env["WEIR_TEST_NOW"] = shifted(self.seconds)
        elif kind == "exit":
            self.checked = True
            self.last.want(int(name))
        elif kind == "error":
            if not any(other.kind == "exit" for other in follows) and not self.checked and self.last.code == 0:
                raise t.Failed("it ended well, an error was expected\n" + self.last.tell())
            self.checked = True
            self.expect(block, self.tidy(self.last.err))
        elif kind == "stderr":
            self.expect(block, self.tidy(self.last.err))
        elif kind == "stdout":
            self.settle_unless(follows)
            if self.crashed and self.auto_crash:
                return  # what a run prints about itself depends on where the one before died
            self.expect(block, self.tidy(self.last.out))
        elif kind == "query":
            self.settle()
            done = t.weir("query", "--csv", *self.pipelines, "-c", name, cwd=self.dir, env=self.env)
            if done.code != 0 and not self.update:
                raise t.Failed(done.tell())
            self.expect(block, done.out if done.code == 0 else done.err)
        elif kind == "output":
            self.settle()
            self.expect(block, self.output(name))
        elif kind == "metric":
            raise t.Failed("metric blocks read the file that WEIR_TEST_METRICS names: not there yet")

    def settle_unless(self, follows):
        if not any(other.kind in ("exit", "error") for other in follows):
            self.settle()

    def pipelines_in(self, word):
        return word

    def weir(self, args, stdin=b""):
        env = dict(self.env)
        self.last = t.weir(*args, cwd=self.dir, env=env, stdin=stdin or self.stdin)
        self.stdin = b""
        self.checked = False

    def run(self, args):
        """A run of the pipeline; where it is told to crash it has to die there, else it may."""
        self.last_run = args
        words = ["run", *args, *self.pipelines]
        crash, self.crash_next = self.crash_next or self.auto_crash, None
        stdin, self.stdin = self.stdin, b""
        if crash:
            forced = crash is not self.auto_crash
            done = t.weir(*words, cwd=self.dir, env={**self.env, "WEIR_TEST_CRASH": crash}, stdin=stdin)
            if done.code == 137:
                self.crashed += 1
                if forced:
                    self.last, self.checked = done, True
                    return
            elif forced:
                raise t.Failed(f"it did not crash at {crash}\n{done.tell()}")
            else:
                self.last, self.checked = done, False
                return
        self.last = t.weir(*words, cwd=self.dir, env=self.env, stdin=stdin)
        self.checked = False

    def tidy(self, data):
        """Paths of the test's own directory, and times, are no part of a behaviour."""
        return data.replace(str(self.dir).encode(), b"$DIR")

    def output(self, name):
        words = shlex.split(name)
        sort = words[0] == "sorted"
        words = words[1:] if sort else words
        if words[0] == "stream":
            data = t.weir("consume", "--from-beginning", "--drain", *self.pipelines, words[1], cwd=self.dir, env=self.env).ok().out
        elif words[0] == "table":
            data = t.sqlite_rows(self.dir / words[1], words[2], words[3] if len(words) > 3 else "rowid").encode()
        else:
            path = self.dir / words[0]
            if path.is_dir():
                data = t.part_bytes(path)
            elif path.exists():
                data = path.read_bytes()
            else:
                raise t.Failed(f"there is no output {words[0]}\n{self.last.tell() if self.last else ''}")
        return b"".join(sorted(data.splitlines(True))) if sort else data

    def expect(self, block, data):
        if b"\\" in data and "[escaped]" in block.rest:
            data = data.replace(b"\\", b"\\\\")
        got = escape(data).replace("\r", "\\r") if "[escaped]" in block.rest else escape(data)
        if got and not got.endswith("\n"):
            got += "\n"
        if self.update:
            block.body = got
        else:
            t.same(got, block.text(), block.kind)


def shifted(seconds):
    import datetime
    start = datetime.datetime.fromisoformat(t.NOW.replace("+00", "+00:00"))
    return (start + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%d %H:%M:%S+00")


def variants(path, blocks, steps, reduced, threads, position):
    """The environments in which a file is played: (name, env, crash)."""
    found = []
    batches, kernels = ((3,), ("best",)) if reduced or threads else ((1, 3, 1024), ("portable", "best"))
    for rows in batches:
        for simd in kernels:
            found.append((f"batch {rows}, {simd}", {"WEIR_TEST_BATCH_ROWS": str(rows), "WEIR_SIMD": simd}, None))
    kinds = {block.kind for block in blocks}
    if threads or kinds & {"crash", "error", "at-least-once", "stderr", "exit"} or (reduced and position % 3):
        return found
    if kinds & {"weir", "query"} and not kinds & {"output", "run"}:
        return found
    for step in steps:
        for count in (1, 2):
            found.append((f"crash at {step} ({count})", {"WEIR_TEST_BATCH_ROWS": "3"}, f"{step}:{count}"))
    return found


def play(directory, path, blocks, env, crash):
    Play(path, blocks, directory, env, crash).play()


def main():
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    options = {word for word in sys.argv[1:] if word.startswith("--")}
    paths = t.matching(sorted(HERE.glob("*.test")), words)
    suite = t.Suite("golden")
    if "--update" in options:
        for path in paths:
            preamble, blocks = parse(path)
            directory = pathlib.Path(tempfile.mkdtemp(dir=suite.base))
            Play(path, blocks, directory, {}, update=True).play()
            write(path, preamble, blocks)
            print("wrote", path.relative_to(t.ROOT))
        return
    try:
        steps = t.test_steps()
    except t.Failed as why:
        print(f"FAIL golden: weir version --test-steps: {why}")
        suite.failed += 1
        suite.finish()
    cases = []
    for position, path in enumerate(paths):
        try:
            preamble, blocks = parse(path)
        except t.Failed as why:
            suite.case(path.name, lambda directory, why=why: (_ for _ in ()).throw(why))
            continue
        for name, env, crash in variants(path, blocks, steps, "--reduced" in options, "--threads" in options, position):
            cases.append((f"{path.stem} [{name}]", play, path, blocks, env, crash))
    suite.parallel(cases, workers=6)  # they wait for fsync more than for a core
    suite.finish()


if __name__ == "__main__":
    main()
