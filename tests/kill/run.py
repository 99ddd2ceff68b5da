#!/usr/bin/env python3
"""Kills the customers pipeline and compares every sink, record by record, with an undisturbed run.

    run.py [--runs N]

A run is killed one to three times: by SIGKILL at a random moment, or at a named step of the epoch (WEIR_TEST_CRASH), half of
these over the lossy file system, where a crash drops every write and directory entry that was not fsynced. Then it is started
once more and must end well; topics, parts (through their commit log, in its order) and tables must hold what the undisturbed
run's hold, in the same order. Each kill is counted by its step; with WEIR_TEST_LONG at least 200 runs and five hits a step.
"""
import hashlib
import json
import pathlib
import random
import re
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import weirtest as t

ROWS = 60000
CUSTOMERS = t.ROOT / "examples" / "customers"
TOPICS = ("customers_raw", "customers_usa", "customers_alerts")
PARTS = ("customers_usa", "customers_alerts")
TABLES = (("customers_usa", "id"), ("customers_alerts", "rowid"))
SETTINGS = "SET weir.name = 'customers';\nSET weir.epoch = '5 ms';\n"
# stdout is at-least-once: nothing may be missing there, rows of an epoch may come again.
TERMINAL = """CREATE SERVER term FOREIGN DATA WRAPPER stdout;
CREATE FOREIGN TABLE seen (id text) SERVER term OPTIONS (format 'json');
INSERT INTO seen SELECT id FROM placed WHERE in_usa AND id LIKE '%7';
"""
PLACES = ["Dallas", "Austin, TX", "Lagos", "Zürich", None, "", "washington", "  Boston  ", "São Paulo", "東京", "Paris, France"]


def make_input(path, rng):
    """A bigger customers file: ids that come again, places in and out of the USA, missing ids and places.

    Returns what topics customers-raw and customers-usa must hold, worked out here."""
    with open(CUSTOMERS / "us_cities.csv", encoding="utf-8") as cities:
        names = {line.split("|")[0].strip().upper() for line in list(cities)[1:]} | {"WASHINGTON"}
    raw, usa = [], []
    with open(path, "w", encoding="utf-8") as out:
        out.write("id,first_name,last_name,email,age,location\n")
        for number in range(1, ROWS + 1):
            ident = rng.choice([None, rng.randrange(1, number + 1)]) if rng.random() < 0.05 else number
            place = rng.choice(PLACES)
            row = {"id": None if ident is None else str(ident), "first_name": f"First{number % 97}", "last_name": f"Last{number % 89}",
                   "email": f"u{number}@example.com", "age": str(18 + number % 70), "location": place}
            out.write(",".join(map(t.csv_field, row.values())) + "\n")
            raw.append(compact(row))
            if ident is not None and place is not None and {place.strip().upper(), place.split(",")[0].strip().upper()} & names:
                usa.append(compact({**{key: row[key] for key in ("id", "first_name", "last_name", "age", "email")}, "country": place}))
    return "".join(raw).encode(), "".join(usa).encode()


def compact(row):
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n"


def arguments(directory):
    """The command, and its environment: all state lies in the directory."""
    (directory / "settings.sql").write_text(SETTINGS)
    (directory / "terminal.sql").write_text(TERMINAL)
    files = [directory / "settings.sql", CUSTOMERS / "local.sql", directory / "customers.sql", directory / "terminal.sql"]
    # The example as it is, but for parts that are committed more often, so that there are more moments to kill at.
    text = (CUSTOMERS / "customers.sql").read_text()
    for name in PARTS:
        text = text.replace(f"(path '{name}', format 'json')", f"(path '{name}', format 'json', commit_interval '30 ms')")
    (directory / "customers.sql").write_text(text)
    env = {"WEIR_DATA": str(directory / "data"), "CUSTOMERS": str(directory.parent / "customers.csv"), "WEIR_TEST_NOW": t.NOW}
    return ["run", "--drain", *files], files, env


def digest(data):
    return f"{len(data)} bytes, {data.count(10)} lines, {hashlib.sha256(data).hexdigest()[:16]}"


def contents(directory):
    """Every sink's content, by name."""
    _, files, env = arguments(directory)
    found = {}
    for topic in TOPICS:
        found["topic " + topic] = t.weir("consume", "--from-beginning", "--drain", *files, topic, env=env).ok().out
    for name in PARTS:
        found["parts " + name] = t.part_bytes(directory / "data" / "parts" / name)
    for table, order in TABLES:
        found["table " + table] = t.sqlite_rows(directory / "data" / "customers.db", table, order).encode()
    return found


def first_difference(got, want):
    ours, theirs = got.splitlines(), want.splitlines()
    for index, (a, b) in enumerate(zip(ours, theirs)):
        if a != b:
            return f"record {index}: {a[:200]!r}, wanted {b[:200]!r}"
    return f"{len(ours)} records, wanted {len(theirs)}"


class Hits:
    def __init__(self, steps):
        self.kills = {step: 0 for step in steps}
        self.lossy = {step: 0 for step in steps}
        self.random = 0
        self.late = 0


def disturb(directory, rng, plan, seconds, hits, want, counts=(1, 1, 2, 3, 5, 8, 13)):
    """One run. plan: a list of kills, each ("random", None) or (step, lossy); counts: which pass of a step it may be."""
    args, files, env = arguments(directory)
    told, printed = [], b""
    for step, lossy in plan:
        if step == "random":
            process = t.Process(*args, env=env)
            delay = rng.uniform(0, seconds)
            time.sleep(delay)
            alive = process.popen.poll() is None
            process.signal(signal.SIGKILL)
            result = process.wait(killed=True)
            printed += result.out
            told.append(f"SIGKILL after {delay * 1000:.1f} ms: exit {result.code}")
            if result.code == -9:
                hits.random += 1
            elif result.code == 0:
                hits.late += 1
            else:
                raise t.Failed(f"it failed by itself, {told}\n{result.tell()}")
            continue
        count = rng.choice(counts)
        extra = {"WEIR_TEST_CRASH": f"{step}:{count}", **({"WEIR_TEST_LOSSY": "1"} if lossy else {})}
        result = t.weir(*args, env={**env, **extra})
        printed += result.out
        told.append(f"{step}:{count}{' lossy' if lossy else ''}: exit {result.code}")
        if result.code == 137:
            hits.kills[step] += 1
            hits.lossy[step] += lossy
        elif result.code != 0:
            raise t.Failed(f"it failed by itself, {told}\n{result.tell()}")
    final = t.weir(*args, env=env)
    if final.code != 0:
        raise t.Failed(f"the last start failed, after {told}\n{final.tell()}")
    got = contents(directory)
    seen = set(re.findall(rb'\{"id":"\d+"\}', printed + final.out))
    lost = {b'{"id":"%s"}' % ident for ident in re.findall(rb'^\{"id":"(\d*7)"', want["topic customers_usa"], re.M)} - seen
    if lost:
        raise t.Failed(f"after {told}\nstdout lacks {len(lost)} rows: {sorted(lost)[:5]}")
    wrong = [f"{name}: {digest(got[name])}, wanted {digest(want[name])}: {first_difference(got[name], want[name])}"
             for name in want if got[name] != want[name]]
    if wrong:
        raise t.Failed(f"after {told}\n" + "\n".join(wrong))


def main():
    runs = int(sys.argv[sys.argv.index("--runs") + 1]) if "--runs" in sys.argv else 220 if t.LONG else 40
    suite = t.Suite("kill")
    rng = random.Random(t.SEED)
    raw, usa = make_input(suite.base / "customers.csv", rng)
    reference = suite.base / "undisturbed"
    reference.mkdir()
    args, files, env = arguments(reference)
    started = time.monotonic()
    try:
        t.weir(*args, env=env).ok()
        seconds = time.monotonic() - started
        want = contents(reference)
        t.same(want["topic customers_raw"], raw, "topic customers-raw of the undisturbed run")
        for sink in ("topic customers_usa", "parts customers_usa"):
            t.same(want[sink], usa, f"{sink} of the undisturbed run")
        steps = t.test_steps()
    except t.Failed as why:
        print(f"FAIL kill: {why}")
        suite.failed += 1
        suite.finish()
    print(f"undisturbed: {ROWS} rows in {seconds:.2f} s; steps: {' '.join(steps)}; seed {t.SEED}", flush=True)
    hits = Hits(steps)

    def plan_for(index):
        # Every step in turn as a run's first kill, every third run random; later kills of a run as they come.
        first = ("random", None) if index % 3 == 2 else (steps[index // 3 * 2 % len(steps) if index % 3 == 0 else
                                                               (index // 3 * 2 + 1) % len(steps)], rng.random() < 0.5)
        more = [("random", None) if rng.random() < 0.5 else (rng.choice(steps), rng.random() < 0.5)
                for _ in range(rng.choice((0, 0, 1, 2)))]
        return [first, *more]

    def cases(first, count):
        return [(f"run {index}", disturb, random.Random(f"{t.SEED}/{index}"), plan_for(index), seconds, hits, want)
                for index in range(first, first + count)]

    suite.parallel(cases(0, runs))
    least = 5 if t.LONG else 1
    done = runs
    for _ in range(10):
        lacking = [step for step in steps if hits.kills[step] < least]
        if not lacking:
            break
        extra = [(f"run {done + i}", disturb, random.Random(f"{t.SEED}/{done + i}"), [(step, i % 2 == 1)], seconds, hits, want, (1,))
                 for i, step in enumerate(lacking)]
        done += len(extra)
        suite.parallel(extra)
    t.report(f"{done} runs over {ROWS} rows, seed {t.SEED}")
    t.report(f"{'step':<24} {'kills':>7} {'of these lossy':>15}")
    for step in steps:
        t.report(f"{step:<24} {hits.kills[step]:>7} {hits.lossy[step]:>15}")
    t.report(f"{'random moment':<24} {hits.random:>7}")
    for step in steps:
        if hits.kills[step] < least:
            print(f"FAIL kill: step {step} was hit {hits.kills[step]} times, wanted {least}")
            suite.failed += 1
    suite.finish()


if __name__ == "__main__":
    main()
