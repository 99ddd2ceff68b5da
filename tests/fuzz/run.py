#!/usr/bin/env python3
"""Fuzzing, in two ways. FUZZ_SECONDS each (2 in CI, 60 by `./dev fuzz` and `--long`).

1. libFuzzer over every src/**/X_fuzz.c, linked with the libraries of build-fuzz (clang, ASan, UBSan). The seeds are in
   tests/fuzz/seeds/X/ where there are any; what it finds lands in build-fuzz/findings/.
2. The whole binary (build-fuzz/weir) on mutated JSON, CSV, SQL text, option values and log segments: it may refuse, never crash.
   Python's random with the printed seed makes the mutations.

    run.py [WORD..]
"""
import os
import pathlib
import random
import re
import shlex
import subprocess
import sys
import time

os.environ.setdefault("WEIR_BUILD", "build-fuzz")
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import weirtest as t

HERE = pathlib.Path(__file__).resolve().parent
SECONDS = float(os.environ.get("FUZZ_SECONDS") or (60 if t.LONG else 3))
LIBRARIES = ["libcurl", "sqlite3", "libzstd", "zlib", "libutf8proc", "libxxhash", "libprotobuf-c"]


def build_fuzzer(source):
    target = t.BUILD / ("fuzz_" + source.stem.removesuffix("_fuzz"))
    archives = sorted(str(path) for path in t.BUILD.rglob("lib*.a"))
    flags = shlex.split(subprocess.check_output(["pkg-config", "--libs", *LIBRARIES], text=True))
    newest = max([source.stat().st_mtime] + [os.stat(path).st_mtime for path in archives])
    if target.exists() and target.stat().st_mtime > newest:
        return target
    command = ["clang", "-g", "-O1", "-std=gnu17", "-D_GNU_SOURCE", f'-DWEIR_VERSION="fuzz"', f'-DWEIR_SOURCE_SHARE="{t.ROOT}/examples"',
               "-fsanitize=fuzzer,address,undefined", "-I", str(t.ROOT / "src"), str(source), "-Wl,--start-group", *archives,
               "-Wl,--end-group", *flags, "-lpg_query", "-lgmp", "-lm", "-lpthread", "-o", str(target)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise t.Failed(f"{source.name} does not build\n{done.stderr[-4000:]}")
    return target


def libfuzzer(directory, source):
    fuzzer = build_fuzzer(source)
    seeds = HERE / "seeds" / source.stem.removesuffix("_fuzz")
    findings = t.BUILD / "findings"
    findings.mkdir(exist_ok=True)
    corpus = directory / "corpus"
    corpus.mkdir()
    done = subprocess.run([str(fuzzer), f"-max_total_time={max(1, int(SECONDS))}", f"-seed={t.SEED % (1 << 31) or 1}", "-max_len=65536",
                           "-timeout=10", "-rss_limit_mb=2048", f"-artifact_prefix={findings}/{source.stem}-", str(corpus),
                           *([str(seeds)] if seeds.is_dir() else [])], capture_output=True, env=t.environment(), cwd=directory)
    if done.returncode:
        raise t.Failed(f"{source.name}\n{t.clip(done.stderr.decode('utf-8', 'backslashreplace'), 8000)}")
    runs = re.findall(rb"Done (\d+) runs", done.stderr)
    t.report(f"{source.stem:<28} {int(runs[-1]) if runs else 0:>12} runs")


# --- the whole binary ---------------------------------------------------------------------------------------------

JSON_SEEDS = [b'{"id":1,"name":"x","v":1.5,"b":true,"d":"2024-01-01","j":{"a":[1,null]}}', b'{"id":"2","name":null,"v":1e308,"j":[]}',
              b'{"name":"\\u00e9\\ud83d\\ude00\\n","id":-0,"v":"NaN"}', b"{}", b'{"id":9223372036854775807,"b":"t"}']
CSV_SEEDS = [b"1,x,1.5,true,2024-01-01,{}", b'2,"a,""b""\nc",,f,,', b'" 3 ",x', b"4,\xc3\xa9,1e9,yes,infinity,[1]"]
SQL_SEEDS = [
    "CREATE SERVER s FOREIGN DATA WRAPPER file; CREATE FOREIGN TABLE a (id int, name text) SERVER s OPTIONS (path 'a', format 'json');"
    " CREATE FOREIGN TABLE b (id int) SERVER s OPTIONS (path 'b', format 'csv', header 'true'); INSERT INTO b SELECT id FROM a WHERE name LIKE 'x%';",
    "SELECT CASE WHEN upper(trim('a')) IN ('A', NULL) THEN 1 + 2.5 * -3 ELSE '4' END, coalesce(NULL, 'x') || 'y', '{\"a\":1}'::jsonb -> 'a'",
    "WITH t AS (SELECT 1 AS n UNION ALL VALUES (2), (3)) SELECT n, count(*) FILTER (WHERE n > 1) FROM t GROUP BY n HAVING count(*) > 0 ORDER BY 1 LIMIT 5",
    "SELECT * FROM (VALUES (1, 'a'), (2, NULL)) v(n, s) LEFT JOIN (VALUES (1)) w(m) ON n = m WHERE EXISTS (SELECT 1 FROM (VALUES (1)) x(y) WHERE y IN (n, 2))",
    "SET weir.epoch = '1 s'; CREATE VIEW v AS SELECT split_part('a,b', ',', 2) AS p, substring('abc' from 2 for 1); COMMENT ON VIEW v IS 'x';",
    "SELECT '2024-02-29'::date + 1, now() IS NULL, '\\xdead'::bytea, 1::bigint << 3, lpad('x', 5, 'ab'), 'a' NOT BETWEEN 'b' AND 'c'"]
TOKENS = ["SELECT", "(", ")", ",", "NULL", "'", "''", "::int", "::jsonb", "FROM", "WHERE", "AND", "NOT", "IN", "EXISTS", "a", "b.id", "*",
          "1e400", "-", "||", "GROUP BY", "ORDER BY", "LIMIT -1", "VALUES (1)", "UNION ALL", "CASE", "END", "\x01", "é", "${A", "}", ";", "--", "/*",
          "INSERT INTO a", "OVER ()", "LATERAL", "ARRAY[1]", "ROW(1,2)", "count(DISTINCT a)", "INTERVAL '1 day'", "99999999999999999999"]
OPTIONS = ["path", "format", "delimiter", "header", "bounded", "on_error", "commit_interval", "fallback", "timeout", "dead_letter", "quote"]
VALUES = ["", "a", "json", "true", "1 s", "-1", "9" * 30, "'", "${", "${}", "${A:-b}", "${file:/etc/hostname}", "\t", "|", "||", "\\", "1e9 s", "é",
          "x" * 5000, "../..", "http://", "s3://", "file://", "*", "[", "{a,b}", "10 GB", "0", "http://127.0.0.1:1/x", "NaN ms"]


def mutate(rng, data):
    data = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 8))):
        kind = rng.randrange(6)
        at = rng.randrange(len(data) + 1)
        if kind == 0 and data:
            data[at % len(data)] ^= 1 << rng.randrange(8)
        elif kind == 1:
            data[at:at] = bytes([rng.randrange(256)]) * rng.choice((1, 1, 3, 100))
        elif kind == 2 and data:
            del data[at:at + rng.randrange(1, 9)]
        elif kind == 3 and data:
            end = min(len(data), at + rng.randrange(1, 20))
            data[at:at] = data[at:end] * rng.choice((1, 2, 50))
        elif kind == 4:
            data[at:at] = rng.choice((b'"', b"\\", b"\\u", b"{", b"[", b",", b"\r\n", b"\0", b"\xff", b"\xf0\x9f", b"1e", b"-", b"null"))
        elif data:
            data = data[:at]
    return bytes(data)


def mutate_sql(rng, text):
    words = re.findall(r"\w+|\s+|.", text)
    for _ in range(rng.choice((1, 2, 3))):
        at = rng.randrange(len(words) + 1)
        kind = rng.randrange(4)
        if kind == 0:
            words.insert(at, " " + rng.choice(TOKENS) + " ")
        elif kind == 1 and words:
            del words[at:at + rng.randrange(1, 4)]
        elif kind == 2 and words:
            words[at % len(words)] = rng.choice(TOKENS)
        elif words:
            words[at:at] = words[at:at + rng.randrange(1, 6)] * rng.choice((1, 1, 20))
    return "".join(words).replace("\0", "")


def survives(directory, args, **more):
    done = t.weir(*args, cwd=directory, timeout=30, **more)  # raises for signals and sanitizer reports
    if done.code not in (0, 1, 2):
        raise t.Failed(done.tell())


COLUMNS = "id bigint, name text, v double precision, b boolean, d date, j jsonb"


def records(directory, rng, format_name, seeds, separator):
    options = f"path 'in', format '{format_name}', bounded 'true', on_error '{rng.choice(('null', 'skip', 'fail'))}'"
    if format_name == "csv":
        options += f", header '{rng.choice(('true', 'false'))}'"
    (directory / "p.sql").write_text(
        f"CREATE SERVER s FOREIGN DATA WRAPPER file;\nCREATE SERVER o FOREIGN DATA WRAPPER stdout;\n"
        f"CREATE FOREIGN TABLE a ({COLUMNS}) SERVER s OPTIONS ({options});\n"
        f"CREATE FOREIGN TABLE b ({COLUMNS}, e text, r text) SERVER o OPTIONS (format 'json');\n"
        f"INSERT INTO b SELECT *, _error, weir_text(_raw) FROM a;\n")
    lines = [mutate(rng, rng.choice(seeds)) for _ in range(300)]
    (directory / "in").write_bytes((b"id,name,v,b,d,j\n" if format_name == "csv" else b"") + separator.join(lines))
    try:
        survives(directory, ("run", "--drain", "p.sql"), env={"WEIR_DATA": str(directory / f"data{rng.randrange(1 << 40)}")})
    except t.Failed as why:
        kept = t.BUILD / "findings" / f"records-{t.SEED}-{rng.randrange(1 << 30)}"
        kept.parent.mkdir(exist_ok=True)
        kept.write_bytes((directory / "in").read_bytes())
        raise t.Failed(f"input kept in {kept}\n{why}") from None


def sql_text(directory, rng, *_):
    text = mutate_sql(rng, rng.choice(SQL_SEEDS))
    (directory / "p.sql").write_text(text, errors="surrogateescape")
    survives(directory, ("check", "p.sql"))
    survives(directory, ("query", "-c", text))


def option_values(directory, rng, *_):
    options = ", ".join(f"{rng.choice(OPTIONS)} '{rng.choice(VALUES)}'" for _ in range(rng.randrange(1, 5)))
    (directory / "p.sql").write_text(
        f"CREATE SERVER s FOREIGN DATA WRAPPER {rng.choice(('file', 'log', 'sqlite', 'generate', 'http', 's3', 'stdin'))} "
        f"OPTIONS ({rng.choice(('root', 'path', 'endpoint', 'region'))} '{rng.choice(VALUES)}');\n"
        f"CREATE FOREIGN TABLE a (id int) SERVER s OPTIONS ({options});\nCREATE FOREIGN TABLE b (id int) SERVER s OPTIONS (path 'b');\n"
        f"SET weir.{rng.choice(('epoch', 'memory', 'name', 'delivery', 'checkpoint'))} = '{rng.choice(VALUES)}';\nINSERT INTO b SELECT id FROM a;\n")
    survives(directory, ("check", "p.sql"), env={"A": "x"})


def log_segments(directory, rng, *_):
    (directory / "p.sql").write_text("CREATE SERVER bus FOREIGN DATA WRAPPER log OPTIONS (root 'log');\n"
                                     "CREATE FOREIGN TABLE e (n int) SERVER bus OPTIONS (topic 'e', format 'json');\n")
    if not (directory / "log").exists():
        for part in range(3):
            t.weir("produce", "p.sql", "e", cwd=directory, stdin="".join(f'{{"n":{i}}}\n' for i in range(20))).ok()
    files = [path for path in (directory / "log").rglob("*") if path.is_file()]
    path = rng.choice(files)
    before = path.read_bytes()
    path.write_bytes(mutate(rng, before))
    survives(directory, ("consume", "--from-beginning", "--drain", "p.sql", "e"))
    survives(directory, ("produce", "p.sql", "e"), stdin=b'{"n":1}\n')
    survives(directory, ("topics", "describe", "p.sql", "e"))
    path.write_bytes(before)


AREAS = {
    "json records": lambda directory, rng: records(directory, rng, "json", JSON_SEEDS, b"\n"),
    "csv records": lambda directory, rng: records(directory, rng, "csv", CSV_SEEDS, b"\n"),
    "sql text": sql_text, "option values": option_values, "log segments": log_segments,
}


def whole_binary(directory, area):
    rng = random.Random(f"{t.SEED}/{area}")
    end = time.monotonic() + SECONDS * 2
    count = 0
    while time.monotonic() < end:
        AREAS[area](directory, rng)
        count += 1
    t.report(f"{'whole binary: ' + area:<28} {count:>12} runs")


def main():
    suite = t.Suite("fuzz")
    sources = sorted((t.ROOT / "src").rglob("*_fuzz.c"))
    cases = [(f"libfuzzer {source.stem}", libfuzzer, source) for source in sources]
    cases += [(f"binary {area}", whole_binary, area) for area in AREAS]
    cases = [case for case in cases if t.matching([case[0]], sys.argv[1:])]
    print(f"seed {t.SEED}, {SECONDS:g} s each, {len(sources)} fuzzers beside their subject", flush=True)
    suite.parallel(cases)
    suite.finish()


if __name__ == "__main__":
    main()
