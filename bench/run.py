#!/usr/bin/env python3
"""The benchmarks; README.md beside this says what they measure and how. `./dev bench` runs this with DuckDB at hand.

    run.py [--list] [--rows N] [NAME..]
"""
import json
import os
import pathlib
import random
import resource
import shutil
import subprocess
import sys
import textwrap
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
WEIR = ROOT / "build" / "weir"
WORK = ROOT / "build" / "bench"
# What the programs write goes to memory where there is room: a disk's fsync would measure the disk (WEIR_BENCH_OUT names another place).
SHM = pathlib.Path("/dev/shm")
OUT_DIR = pathlib.Path(os.environ.get("WEIR_BENCH_OUT") or (SHM if SHM.is_dir() and shutil.disk_usage(SHM).free > 6 << 30 else WORK)) / "weir-bench"
HERE = pathlib.Path(__file__).resolve().parent
CITIES = ROOT / "examples" / "customers" / "us_cities.csv"
CORE = str(max(os.sched_getaffinity(0)))
ROWS = 2_000_000
TRIES = 3

FIRST = "Ada Björn Chidi Daniel Elena Fatima Grace Hiroshi Ingrid José Katarzyna Liam Mei Naledi Oskar Priya".split()
LAST = "Andersen Bauer Castro Diallo Eriksson Fernández Gupta Hansen Ito Jensen Kowalski López Müller Nguyen Okafor Patel".split()
FOREIGN = ["Lagos", "Euclides da Cunha", "Zürich", "São Paulo", "Saripin", "Isla Verde", "Dalupaon", "東京", "København", "Ulaanbaatar",
           "Kraków", "Nairobi", "Thành phố Hồ Chí Minh", "Reykjavík", "Chişinău", "Oranjestad", "Kinshasa", "Tromsø", "Göteborg"]
AMERICAN = ["Dallas", "Austin, TX", "Boston", "Washington", "Springfield, IL"]


# --- input --------------------------------------------------------------------------------------------------------

def customer(rng, number):
    first, last = rng.choice(FIRST), rng.choice(LAST)
    place = rng.choice(AMERICAN) if rng.random() < 0.05 else rng.choice(FOREIGN)
    return number, first, last, f"user{number}@mail{number % 50}.example.com", 18 + number % 73, place


def make(name, writer, rows):
    """The input file `name`, made once for each number of rows."""
    WORK.mkdir(parents=True, exist_ok=True)
    path = WORK / f"{rows}-{name}"
    if not path.exists():
        print(f"  making {path.name} ..", file=sys.stderr)
        with open(path.with_suffix(".tmp"), "w", encoding="utf-8", buffering=1 << 20) as out:
            writer(out, rows, random.Random(7))
        path.with_suffix(".tmp").rename(path)
    path.read_bytes() if path.stat().st_size < 1 << 31 else None  # into the page cache
    return path


def write_json(out, rows, rng):
    for number in range(1, rows + 1):
        i, first, last, email, age, place = customer(rng, number)
        out.write(f'{{"id":"{i}","first_name":"{first}","last_name":"{last}","email":"{email}","age":"{age}","location":"{place}"}}\n')


def write_csv(out, rows, rng):
    out.write("id,first_name,last_name,email,age,location\n")
    for number in range(1, rows + 1):
        i, first, last, email, age, place = customer(rng, number)
        out.write(f'{i},{first},{last},{email},{age},{chr(34) + place + chr(34) if "," in place else place}\n')


def write_wide(out, rows, rng):
    """60 fields of other kinds: numbers, flags, times, texts with escapes, a nested object."""
    for number in range(1, rows + 1):
        fields = [f'"order_id":{number}', f'"amount":{rng.randrange(1, 10 ** 7) / 100}', f'"paid":{"true" if number % 3 else "false"}',
                  f'"ordered_at":"2026-01-{1 + number % 28:02}T{number % 24:02}:15:00Z"', f'"note":"line \\"{number % 13}\\"\\nsecond"',
                  f'"tags":["a{number % 7}","b"]', f'"address":{{"street":"Street {number % 999}","zip":"{10000 + number % 90000}"}}']
        fields += [f'"metric_{i:02}":{(number * (i + 3)) % 100003}' for i in range(30)]
        fields += [f'"label_{i:02}":"value-{(number + i) % 97}"' for i in range(23)]
        out.write("{" + ",".join(fields) + "}\n")


# --- weir ---------------------------------------------------------------------------------------------------------

COLUMNS = "id text, first_name text, last_name text, email text, age text, location text"
LOGIC = textwrap.dedent("""
    CREATE FOREIGN TABLE us_cities_file (city text) SERVER here
      OPTIONS (path '{cities}', format 'csv', delimiter '|', header 'true', bounded 'true'{refresh});
    CREATE VIEW us_cities AS SELECT upper(trim(city)) AS city FROM us_cities_file UNION ALL VALUES ('WASHINGTON');
    CREATE VIEW placed AS SELECT *, _raw, id IS NOT NULL AND EXISTS (SELECT 1 FROM us_cities c WHERE c.city IN
      (upper(trim(location)), upper(trim(split_part(location, ',', 1))))) AS in_usa FROM customers;
    INSERT INTO usa SELECT id, first_name, last_name, age, email, location FROM placed WHERE in_usa;
    INSERT INTO alerts SELECT {alert} FROM placed WHERE NOT in_usa;
""")
OUT = "id text, first_name text, last_name text, age text, email text, country text"
ALERT_COLUMNS = "id, first_name, last_name, age, email, location"


def customers_sql(source, sinks, refresh="", settings=""):
    head = settings + "CREATE SERVER here FOREIGN DATA WRAPPER file;\n"
    return head + f"CREATE FOREIGN TABLE customers ({COLUMNS}) SERVER here OPTIONS ({source}, bounded 'true');\n" + sinks + LOGIC.format(
        cities=CITIES, refresh=refresh, alert=ALERT_COLUMNS)


FILE_SINKS = (f"CREATE FOREIGN TABLE usa ({OUT}) SERVER here OPTIONS (path 'usa', format 'json');\n"
              f"CREATE FOREIGN TABLE alerts ({OUT}) SERVER here OPTIONS (path 'alerts', format 'json');\n")
LOG_SINKS = ("CREATE SERVER bus FOREIGN DATA WRAPPER log OPTIONS (root 'log');\n"
             f"CREATE FOREIGN TABLE usa ({OUT}) SERVER bus OPTIONS (topic 'usa', format 'json');\n"
             f"CREATE FOREIGN TABLE alerts ({OUT}) SERVER bus OPTIONS (topic 'alerts', format 'json');\n")
SQLITE_SINKS = ("CREATE SERVER db FOREIGN DATA WRAPPER sqlite OPTIONS (path 'customers.db');\n"
                f"CREATE FOREIGN TABLE usa ({OUT}) SERVER db OPTIONS (table 'usa', key 'id');\n"
                f"CREATE FOREIGN TABLE alerts ({OUT}) SERVER db OPTIONS (table 'alerts');\n")


class Run:
    """One run of weir in an empty directory, on one core: seconds, CPU seconds, peak memory in MB."""

    def __init__(self, sql, env=None, watch_memory=False, keep=False):
        self.dir = OUT_DIR
        shutil.rmtree(self.dir, ignore_errors=True)
        self.dir.mkdir(parents=True)
        (self.dir / "bench.sql").write_text(sql)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        started = time.monotonic()
        process = subprocess.Popen(["taskset", "-c", CORE, WEIR, "run", "--drain", "bench.sql"], cwd=self.dir, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, env={**os.environ, **(env or {}), "WEIR_DATA": "data"})
        self.peak_mb = 0.0
        if watch_memory:
            while process.poll() is None:
                self.peak_mb = max(self.peak_mb, anonymous_mb(process.pid))
                time.sleep(0.005)
        self.output = process.communicate()[0].decode("utf-8", "replace")
        self.seconds = time.monotonic() - started
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        if process.returncode:
            sys.exit(f"weir failed ({process.returncode}):\n{self.output}")
        self.records = {}
        for name in ("usa", "alerts", "o"):
            if (self.dir / name).is_dir():
                self.records[name] = sum(count_lines(part) for part in (self.dir / name).iterdir() if part.is_file())
        if not keep:
            shutil.rmtree(self.dir, ignore_errors=True)


def count_lines(path):
    with open(path, "rb") as part:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: part.read(1 << 20), b""))


def anonymous_mb(pid):
    try:
        fields = dict(line.split(":", 1) for line in open(f"/proc/{pid}/status") if line.startswith(("RssAnon", "RssShmem")))
    except OSError:
        return 0.0
    return sum(int(value.split()[0]) for value in fields.values()) / 1024


def best(sql, **more):
    return min((Run(sql, **more) for _ in range(TRIES)), key=lambda run: run.seconds)


# --- DuckDB -------------------------------------------------------------------------------------------------------

DUCK = r"""
import duckdb, json, sys, time
job = json.load(sys.stdin)
c = duckdb.connect()
c.execute("SET threads = 1")
c.execute("SET enable_progress_bar = false")
c.execute("SET preserve_insertion_order = false")
c.execute(f"CREATE TABLE cities AS SELECT DISTINCT upper(trim(City)) AS city FROM read_csv('{job['cities']}', delim='|', header=true, all_varchar=true)"
          " UNION SELECT 'WASHINGTON'")
columns = "{'id':'VARCHAR','first_name':'VARCHAR','last_name':'VARCHAR','email':'VARCHAR','age':'VARCHAR','location':'VARCHAR'}"
if job["format"] == "json":
    source = f"read_json('{job['path']}', columns={columns}, format='newline_delimited')"
else:
    source = f"read_csv('{job['path']}', columns={columns}, header=true)"
rule = ("id IS NOT NULL AND (upper(trim(location)) IN (SELECT city FROM cities) OR upper(trim(split_part(location, ',', 1))) IN (SELECT city FROM cities))")
times = []
for _ in range(job["tries"]):
    started = time.monotonic()
    usa = c.execute(f"SELECT count(*) FILTER (WHERE {rule}) FROM {source}").fetchone()[0]
    classify = time.monotonic() - started
    started = time.monotonic()
    c.execute(f"CREATE OR REPLACE TEMP TABLE placed AS SELECT *, {rule} AS in_usa FROM {source}")
    for name, where in (("usa", "in_usa"), ("alerts", "NOT in_usa")):
        c.execute(f"COPY (SELECT id, first_name, last_name, age, email, location AS country FROM placed WHERE {where}) TO '{job['out']}/duck-{name}.json' (FORMAT json)")
    times.append((time.monotonic() - started, classify))
print(json.dumps({"whole": min(t[0] for t in times), "classify": min(t[1] for t in times), "usa": usa, "version": duckdb.__version__}))
"""


def duckdb(path, format_name):
    job = {"path": str(path), "format": format_name, "cities": str(CITIES), "out": str(OUT_DIR), "tries": TRIES}
    OUT_DIR.mkdir(parents=True, exist_ok=True)
    try:
        done = subprocess.run(["taskset", "-c", CORE, sys.executable, "-c", DUCK], input=json.dumps(job), capture_output=True, text=True, check=True)
    except subprocess.CalledProcessError as error:
        sys.exit(f"DuckDB failed:\n{error.stderr}")
    return json.loads(done.stdout)


# --- tables -------------------------------------------------------------------------------------------------------

def table(title, header, rows):
    print(f"\n{title}")
    rows = [header, *[[str(cell) for cell in row] for row in rows]]
    widths = [max(len(row[i]) for row in rows) for i in range(len(header))]
    for index, row in enumerate(rows):
        print("  " + "  ".join(cell.ljust(width) if i == 0 else cell.rjust(width) for i, (cell, width) in enumerate(zip(row, widths))))
        if index == 0:
            print("  " + "  ".join("-" * width for width in widths))
    sys.stdout.flush()


def speed(rows, seconds):
    return f"{rows / seconds / 1e6:.2f} M/s"


def against_duckdb(title, rows, path, format_name, source):
    run = best(customers_sql(source, FILE_SINKS))
    duck = duckdb(path, format_name)
    size = path.stat().st_size
    table(f"{title}: {rows:,} rows, {size / rows:.0f} bytes a line, {run.records.get('usa')} in the USA (DuckDB: {duck['usa']})",
          ["", "seconds", "rows", "MB/s", "CPU s"],
          [["weir, whole job", f"{run.seconds:.2f}", speed(rows, run.seconds), f"{size / run.seconds / 1e6:.0f}", f"{run.cpu:.2f}"],
           [f"DuckDB {duck['version']}, whole job", f"{duck['whole']:.2f}", speed(rows, duck["whole"]), f"{size / duck['whole'] / 1e6:.0f}", ""],
           [f"DuckDB {duck['version']}, parse and classify", f"{duck['classify']:.2f}", speed(rows, duck["classify"]),
            f"{size / duck['classify'] / 1e6:.0f}", ""]])
    return run


def json_source(path, more=""):
    return f"path '{path}', format 'json'{more}"


def bench_customers(rows):
    path = make("customers.json", write_json, rows)
    against_duckdb("customers, JSON to two JSON files (wanted: 3.00 M/s)", rows, path, "json", json_source(path))


def bench_csv(rows):
    path = make("customers.csv", write_csv, rows)
    against_duckdb("customers, CSV to two JSON files", rows, path, "csv", f"path '{path}', format 'csv', header 'true'")


def bench_columns(rows):
    path = make("customers.json", write_json, rows)
    def passed_on(columns):
        listed = ", ".join(columns)
        return (f"CREATE SERVER here FOREIGN DATA WRAPPER file;\nCREATE FOREIGN TABLE customers ({COLUMNS}) SERVER here "
                f"OPTIONS ({json_source(path)}, bounded 'true');\nCREATE FOREIGN TABLE o ({', '.join(c + ' text' for c in columns)}) SERVER here "
                f"OPTIONS (path 'o', format 'json');\nINSERT INTO o SELECT {listed} FROM customers;\n")
    one, six = best(passed_on(["id"])), best(passed_on(["id", "first_name", "last_name", "email", "age", "location"]))
    table("columns: one read and passed on against six (wanted: at least 2.0 times)", ["", "seconds", "rows"],
          [["one column", f"{one.seconds:.2f}", speed(rows, one.seconds)], ["six columns", f"{six.seconds:.2f}", speed(rows, six.seconds)],
           ["times faster", f"{six.seconds / one.seconds:.2f}", ""]])


def bench_log(rows):
    path = make("customers.json", write_json, rows)
    run = best(customers_sql(json_source(path), LOG_SINKS))
    table("customers into two topics of the log", ["", "seconds", "rows"], [["weir", f"{run.seconds:.2f}", speed(rows, run.seconds)]])


def bench_sqlite(rows):
    path = make("customers.json", write_json, rows)
    run = best(customers_sql(json_source(path), SQLITE_SINKS))
    table("customers into two tables of SQLite", ["", "seconds", "rows"], [["weir", f"{run.seconds:.2f}", speed(rows, run.seconds)]])


WIDE_COLUMNS = ("order_id bigint, amount numeric, paid boolean, ordered_at timestamptz, note text, tags jsonb, address jsonb, "
                + ", ".join(f"metric_{i:02} int" for i in range(30)) + ", " + ", ".join(f"label_{i:02} text" for i in range(23)))


def bench_wide(rows):
    narrow = make("customers.json", write_json, rows)
    rows_wide = max(1, rows // 8)
    wide = make("wide.json", write_wide, rows_wide)
    sql = (f"CREATE SERVER here FOREIGN DATA WRAPPER file;\nCREATE FOREIGN TABLE orders ({WIDE_COLUMNS}) SERVER here OPTIONS ({json_source(wide)}, bounded 'true');\n"
           "CREATE FOREIGN TABLE usa (order_id bigint, label text, total int, note text, day date, share double precision) SERVER here OPTIONS (path 'usa', format 'json');\n"
           "CREATE FOREIGN TABLE alerts (order_id bigint, amount numeric, label text) SERVER here OPTIONS (path 'alerts', format 'json');\n"
           "INSERT INTO usa SELECT order_id, lower(label_00) || '-' || replace(label_07, 'value', 'v'), metric_00 + metric_11 * 2, left(note, 12), ordered_at::date,"
           " metric_29 / 3.5::double precision FROM orders WHERE paid AND metric_05 % 7 < 3;\n"
           "INSERT INTO alerts SELECT order_id, amount, concat(label_22, ':', label_03) FROM orders WHERE NOT paid AND amount > 50000;\n")
    first, second = best(customers_sql(json_source(narrow), FILE_SINKS)), best(sql)
    rate = [narrow.stat().st_size / first.seconds / 1e6, wide.stat().st_size / second.seconds / 1e6]
    table("wide: 60 fields a record, other types and functions (wanted: at least 70 % of the bytes/s)", ["", "seconds", "rows", "MB/s"],
          [["customers", f"{first.seconds:.2f}", speed(rows, first.seconds), f"{rate[0]:.0f}"],
           [f"wide, {wide.stat().st_size // rows_wide} bytes a line", f"{second.seconds:.2f}", speed(rows_wide, second.seconds), f"{rate[1]:.0f}"],
           ["share", "", "", f"{rate[1] / rate[0] * 100:.0f} %"]])


def bench_mallocs(rows):
    path = make("customers.json", write_json, rows)
    library = WORK / "malloc_count.so"
    subprocess.run(["gcc", "-O2", "-shared", "-fPIC", "-o", library, HERE / "malloc_count.c"], check=True)
    counts = []
    for size, source in ((rows, path), (rows // 10, make("customers.json", write_json, rows // 10))):
        counted = WORK / "mallocs.txt"
        Run(customers_sql(json_source(source), FILE_SINKS), env={"LD_PRELOAD": str(library), "MALLOC_COUNT_FILE": str(counted)})
        counts.append([f"{size:,} rows", f"{int(counted.read_text()):,}"])
    table("mallocs of a whole run, start included (wanted: under 10,000)", ["", "calls"], counts)


def bench_memory(rows):
    found = []
    for size in (rows // 10, rows, *((rows * 50,) if "--long" in sys.argv else (rows * 4,))):
        if size > rows:  # the same file several times: a bigger input without a bigger disk
            path = make("customers.json", write_json, rows)
            links = WORK / "many"
            shutil.rmtree(links, ignore_errors=True)
            links.mkdir()
            for number in range(size // rows):
                os.link(path, links / f"{number:03}.json")
            source = json_source(links / "*.json")
        else:
            source = json_source(make("customers.json", write_json, size))
        run = Run(customers_sql(source, FILE_SINKS), watch_memory=True)
        found.append([f"{size:,} rows", f"{run.peak_mb:.1f}", speed(size, run.seconds)])
    table("peak of RssAnon + RssShmem (wanted: under 48 MB, and no growth)", ["", "MB", "rows"], found)


def bench_first_row(rows):
    directory = OUT_DIR
    took = []
    for _ in range(10):
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        source = make("customers.json", write_json, rows)
        (directory / "bench.sql").write_text(
            "CREATE SERVER term FOREIGN DATA WRAPPER stdout;\n"
            + customers_sql(json_source(source), f"CREATE FOREIGN TABLE usa ({OUT}) SERVER term OPTIONS (format 'json');\n"
                            f"CREATE FOREIGN TABLE alerts ({OUT}) SERVER here OPTIONS (path 'alerts', format 'json');\n"))
        started = time.monotonic()
        process = subprocess.Popen([WEIR, "run", "--drain", "bench.sql"], cwd=directory, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        process.stdout.readline()
        took.append(time.monotonic() - started)
        process.kill()
        process.wait()
    took.sort()
    table("from start to the first row on stdout (wanted: within 30 ms)", ["", "ms"],
          [["least of ten", f"{took[0] * 1000:.1f}"], ["median", f"{took[5] * 1000:.1f}"]])


def bench_exactly_once(rows):
    path = make("customers.json", write_json, rows)
    weak = best(customers_sql(json_source(path), FILE_SINKS, settings="SET weir.delivery = 'at-least-once';\n"))
    strong = best(customers_sql(json_source(path), FILE_SINKS, refresh=", refresh '100 ms'"))
    table("exactly-once with lookup refresh against at-least-once (wanted: under 15 %)", ["", "seconds", "rows"],
          [["at-least-once", f"{weak.seconds:.2f}", speed(rows, weak.seconds)], ["exactly-once, refresh", f"{strong.seconds:.2f}", speed(rows, strong.seconds)],
           ["cost", f"{(strong.seconds / weak.seconds - 1) * 100:.0f} %", ""]])


BENCHES = {name.removeprefix("bench_"): function for name, function in list(globals().items()) if name.startswith("bench_")}


def main():
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    if "--list" in sys.argv:
        print("\n".join(BENCHES))
        return
    rows = ROWS
    if "--rows" in sys.argv:
        rows = int(sys.argv[sys.argv.index("--rows") + 1])
        words.remove(str(rows))
    for word in words:
        if word not in BENCHES:
            sys.exit(f"there is no benchmark {word}; there are: {' '.join(BENCHES)}")
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    print(f"weir at {commit}, one core, best of {TRIES}, {rows:,} rows")
    for name, function in BENCHES.items():
        if not words or name in words:
            function(rows)
    shutil.rmtree(OUT_DIR, ignore_errors=True)


if __name__ == "__main__":
    main()
