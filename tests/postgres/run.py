#!/usr/bin/env python3
"""Asks a real PostgreSQL 15 and weir the same expressions, and compares values and error messages.

    run.py [WORD..]     only the files whose names hold a word

The files (*.txt) hold an expression a line. `# text` is a comment. `@each NAME: a | b | c` lists what `$NAME` stands for in the
expressions below: each is asked for every combination. `@from FROM` adds a FROM clause (usually VALUES) to the expressions below,
so that they are computed over columns; `@from` alone ends it. PostgreSQL runs in a directory of the test's own, in C.UTF-8 and
UTC; nothing listens on a port.
"""
import csv
import io
import itertools
import os
import pathlib
import pwd
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import weirtest as t

HERE = pathlib.Path(__file__).resolve().parent
MARK = "\x01mark"
BATCH = 40


def expressions(path):
    """(line number, FROM clause, expression) for each expression of a file."""
    each, source = {}, ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("@each "):
            name, values = line[6:].split(":", 1)
            values = [value.strip() for value in values.split(" | ")]
            each[name.strip()] = [f"({value})" if value.startswith("-") else value for value in values]
            continue
        if line.startswith("@from"):
            source = line[5:].strip()
            continue
        names = [name for name in dict.fromkeys(re.findall(r"\$(\w+)", line)) if name in each]
        for combination in itertools.product(*(each[name] for name in names)):
            text = line
            for name, value in zip(names, combination):
                text = re.sub(rf"\${name}\b", lambda _, value=value: value, text)
            yield number, source, text


def select(source, text):
    return f"SELECT {text}" + (f" FROM {source}" if source else "")


def message(text):
    """The primary message: without the position that psql adds, which weir tells in its own way."""
    line = next(line for line in text.split("\n") if "ERROR:" in line)
    return re.sub(r" at character \d+$", "", re.sub(r"^.*?ERROR:  ", "", line))


class Postgres:
    """A server of our own, as a user that is not root."""

    def __init__(self):
        self.bin = max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), default=None,
                       key=lambda path: int(path.parent.name) if path.parent.name.isdigit() else 0)
        found = shutil.which("initdb")
        if self.bin is None and found:
            self.bin = pathlib.Path(found).parent
        if self.bin is None:
            raise t.Failed("there is no PostgreSQL server: ./dev test installs it")
        self.base = tempfile.mkdtemp(prefix="weir-postgres-")
        self.user = None
        if os.getuid() == 0:
            names = {entry.pw_name for entry in pwd.getpwall()}
            self.user = "postgres" if "postgres" in names else "nobody"
            shutil.chown(self.base, self.user)
        self.run("initdb", "-D", f"{self.base}/data", "--locale=C.UTF-8", "-E", "UTF8", "-A", "trust", "-U", "weir", "--no-sync")
        self.run("pg_ctl", "-D", f"{self.base}/data", "-w", "-l", f"{self.base}/log", "-o",
                 f"-k {self.base} -c listen_addresses='' -c fsync=off -c timezone=UTC -c shared_buffers=16MB -c max_connections=10",
                 "start")

    def run(self, program, *args):
        command = [str(self.bin / program), *args]
        if self.user:
            command = ["runuser", "-u", self.user, "--", *command]
        # Not captured through a pipe: the server inherits it and would keep it open.
        with open(f"{self.base}.out", "w+") as out:
            done = subprocess.run(command, cwd="/", stdin=subprocess.DEVNULL, stdout=out, stderr=out)
            out.seek(0)
            text = out.read()
        os.unlink(f"{self.base}.out")
        if done.returncode:
            raise t.Failed(f"{program} failed\n{text}")

    def ask(self, queries):
        """For each query its rows as CSV text, or its error message."""
        script = "\\set VERBOSITY terse\n\\pset format csv\n\\pset tuples_only on\nSET timezone = 'UTC';\n"
        for query in queries:
            script += f"\\echo {MARK}\n\\warn {MARK}\n{query};\n"
        env = dict(os.environ, PGCLIENTENCODING="UTF8", LC_ALL="C.UTF-8", PGOPTIONS="")
        done = subprocess.run([str(self.bin / "psql"), "-X", "-q", "-h", self.base, "-U", "weir", "-d", "postgres"],
                              input=script.encode(), capture_output=True, env=env)
        outs = done.stdout.decode("utf-8").split(MARK + "\n")[1:]
        errs = done.stderr.decode("utf-8").split(MARK + "\n")[1:]
        if len(outs) != len(queries) or len(errs) != len(queries):
            raise t.Failed(f"psql answered {len(outs)} of {len(queries)} queries\n{done.stderr.decode()[-2000:]}")
        return [(out, message(err) if "ERROR:" in err else None)
                for out, err in zip(outs, errs)]

    def stop(self):
        try:
            self.run("pg_ctl", "-D", f"{self.base}/data", "-m", "immediate", "stop")
        finally:
            shutil.rmtree(self.base, ignore_errors=True)


def query(text):
    return t.weir("query", "--csv", "-c", text, env={"WEIR_TEST_BATCH_ROWS": "3"})


def body(out):
    """CSV output without its header line (names here hold no newline)."""
    return out.decode("utf-8", "backslashreplace").partition("\n")[2]


def compare(directory, item, want):
    """One expression, alone."""
    number, source, text = item
    rows, error = want
    got = query(select(source, text))
    if error is not None:
        if got.code == 0:
            raise t.Failed(f"{text}\nPostgreSQL: ERROR: {error}\nweir:       {body(got.out)!r}")
        if error not in got.stderr:
            raise t.Failed(f"{text}\nPostgreSQL: ERROR: {error}\nweir:       {got.stderr.strip()}")
        return
    if got.code != 0:
        raise t.Failed(f"{text}\nPostgreSQL: {rows!r}\nweir:       {got.stderr.strip()}")
    if body(got.out) != rows:
        raise t.Failed(f"{text}\nPostgreSQL: {rows!r}\nweir:       {body(got.out)!r}")


def batches_agree(source, group):
    """Asks many expressions in one query; true where weir answers all as PostgreSQL did."""
    got = query(select(source, ", ".join(f"{text} AS c{i}" for i, ((_, _, text), _) in enumerate(group))))
    if got.code != 0:
        return False
    ours = list(csv.reader(io.StringIO(body(got.out))))
    theirs = [list(csv.reader(io.StringIO(rows))) for _, (rows, _) in group]
    if any(len(rows) != len(ours) for rows in theirs):
        return False
    # csv.reader cannot tell NULL from '': where a value is empty the expressions are asked one by one.
    if any("" in row for row in ours):
        return False
    return all(ours[r][i] == rows[r][0] for i, rows in enumerate(theirs) for r in range(len(ours)) if rows[r])


def main():
    paths = t.matching(sorted(HERE.glob("*.txt")), sys.argv[1:])
    suite = t.Suite("postgres")
    try:
        server = Postgres()
    except t.Failed as why:
        print(f"FAIL postgres: {why}")
        suite.failed += 1
        suite.finish()
    totals = []
    try:
        for path in paths:
            before = suite.passed, suite.failed
            items = list(expressions(path))
            answers = server.ask([select(source, text) for _, source, text in items])
            # Values that are never empty first, many in one query; all else alone.
            alone, groups = [], {}
            for item, answer in zip(items, answers):
                plain = answer[1] is None and not re.search(r'^$|^""$|(^|\n)("")?\n', answer[0])
                if plain:
                    groups.setdefault(item[1], []).append((item, answer))
                else:
                    alone.append((item, answer))
            chunks = [(source, group[i:i + BATCH]) for source, group in groups.items() for i in range(0, len(group), BATCH)]
            import concurrent.futures
            with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
                for (source, group), good in zip(chunks, pool.map(lambda chunk: batches_agree(*chunk), chunks)):
                    if good:
                        suite.passed += len(group)
                    else:
                        alone += group
            suite.parallel([(f"{path.name}:{item[0]}", compare, item, answer) for item, answer in alone])
            totals.append((path.stem, len(items), suite.failed - before[1]))
    finally:
        server.stop()
    t.report(f"{'topic':<24} {'expressions':>12} {'differ':>8}")
    for name, count, failed in totals:
        t.report(f"{name:<24} {count:>12} {failed:>8}")
    suite.finish()


if __name__ == "__main__":
    main()
