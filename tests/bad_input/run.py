#!/usr/bin/env python3
"""Bad input and bad surroundings: each ends with a message that says what happened and what to do, and never with a crash."""
import json
import os
import pathlib
import pwd
import re
import resource
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import weirtest as t

SERVER = "CREATE SERVER here FOREIGN DATA WRAPPER file;\n"


def pipeline(directory, source="path 'a.json', format 'json', bounded 'true'", columns="id int, name text", select="id, name",
             more=""):
    (directory / "p.sql").write_text(
        SERVER + f"CREATE FOREIGN TABLE a ({columns}) SERVER here OPTIONS ({source});\n"
        "CREATE FOREIGN TABLE o (id int, name text) SERVER here OPTIONS (path 'out', format 'json');\n"
        f"INSERT INTO o SELECT {select} FROM a;\n" + more)


def run(directory, code, *wanted, args=("run", "--drain", "p.sql"), **more):
    done = t.weir(*args, cwd=directory, **more)
    if done.code != code:
        raise t.Failed(f"exit {done.code}, wanted {code}\n{done.tell()}")
    for want in wanted:
        if not re.search(want, done.stderr):
            raise t.Failed(f"not in the message: {want}\n{done.tell()}")
    return done


def rows(directory):
    return t.part_bytes(directory / "out").count(b"\n") if (directory / "out").is_dir() else 0


# --- files ------------------------------------------------------------------------------------------------------

def no_file(directory):
    pipeline(directory)
    run(directory, 1, r"a\.json", r"No such file|does not exist|not found")


def no_sql_file(directory):
    run(directory, 2, r"none\.sql", args=("run", "none.sql"))


def directory_for_an_sql_file(directory):
    (directory / "d.sql").mkdir()
    run(directory, 2, r"d\.sql", r"(?i)directory", args=("run", "d.sql"))


def directory_for_a_file(directory):
    """A directory as path reads the files in it; one without files is empty, and no error of its own."""
    pipeline(directory)
    (directory / "a.json").mkdir()
    done = t.weir("run", "--drain", "p.sql", cwd=directory)
    if done.code not in (0, 1):
        raise t.Failed(done.tell())
    if rows(directory):
        raise t.Failed("rows from nowhere")


def empty_file(directory):
    pipeline(directory)
    (directory / "a.json").write_text("")
    run(directory, 0)
    t.same(str(rows(directory)), "0", "rows")


def empty_csv(directory):
    pipeline(directory, "path 'a.csv', format 'csv', header 'true', bounded 'true'")
    (directory / "a.csv").write_text("")
    done = t.weir("run", "--drain", "p.sql", cwd=directory)
    if done.code not in (0, 1):
        raise t.Failed(done.tell())


def header_only(directory):
    pipeline(directory, "path 'a.csv', format 'csv', header 'true', bounded 'true'")
    (directory / "a.csv").write_text("id,name\n")
    run(directory, 0)
    t.same(str(rows(directory)), "0", "rows")


def wrong_header(directory):
    pipeline(directory, "path 'a.csv', format 'csv', header 'true', bounded 'true'")
    (directory / "a.csv").write_text("ident,title\n1,x\n")
    run(directory, 1, r"\bid\b|\bname\b", r"header")


def binary_rubbish(directory):
    rubbish = bytes(range(256)) * 400
    pipeline(directory)
    (directory / "a.json").write_bytes(rubbish)
    run(directory, 1, r"a\.json")


def binary_rubbish_as_csv(directory):
    pipeline(directory, "path 'a.csv', format 'csv', header 'false', bounded 'true', on_error 'skip'", columns="id text, name text",
             select="id::int, name")
    (directory / "a.csv").write_bytes(bytes(range(256)) * 400 + os.urandom(50000))
    done = t.weir("run", "--drain", "p.sql", cwd=directory)
    if done.code not in (0, 1):
        raise t.Failed(done.tell())


def truncated_gzip(directory):
    pipeline(directory)
    packed = subprocess.run(["gzip", "-c"], input=b'{"id":1}\n' * 20000, capture_output=True).stdout
    (directory / "a.json").write_bytes(packed[:len(packed) // 2])
    run(directory, 1, r"a\.json")


def line_of_a_gigabyte(directory):
    """Longer than any record may be: refused with its place, in bounded memory."""
    pipeline(directory)
    size = 1 << 30 if t.LONG and not t.SANITIZED else 200 << 20
    with open(directory / "a.json", "wb") as out:
        out.write(b'{"id":1}\n{"id":2,"name":"')
        out.seek(size)
        out.write(b'"}\n')
    done = run(directory, 1, r"a\.json", timeout=120)
    usage = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    if usage > 400 and not t.SANITIZED:
        raise t.Failed(f"it took {usage:.0f} MB for a line that is too long")


def long_line_skipped(directory):
    pipeline(directory, "path 'a.json', format 'json', bounded 'true', on_error 'skip'")
    with open(directory / "a.json", "wb") as out:
        out.write(b'{"id":1}\n{"id":2,"name":"')
        out.seek(200 << 20)
        out.write(b'"}\n{"id":3}\n')
    run(directory, 0, timeout=120)
    t.same(str(rows(directory)), "2", "rows")


def invalid_utf8(directory):
    pipeline(directory)
    (directory / "a.json").write_bytes(b'{"id":1,"name":"\xff"}\n')
    run(directory, 1, r"(?i)utf-?8")


def deep_nesting(directory):
    pipeline(directory)
    (directory / "a.json").write_text('{"id":1,"x":' + "[" * 100000 + "]" * 100000 + "}\n")
    run(directory, 1, r"(?i)nest|deep|depth")


def deep_nesting_of_jsonb(directory):
    done = t.weir("query", "-c", "SELECT '" + "[" * 20000 + "]" * 20000 + "'::jsonb", cwd=directory)
    if done.code == 0:
        raise t.Failed("20,000 levels were taken")


def deep_sql(directory):
    for text in ("SELECT " + "(" * 5000 + "1" + ")" * 5000, "SELECT " + "- " * 20000 + "1", "SELECT " + "NOT " * 20000 + "true",
                 "SELECT 1" + " + 1" * 20000, "SELECT 'a'" + " || 'a'" * 5000):
        (directory / "deep.sql").write_text(text)
        done = t.weir("query", "-c", text, cwd=directory)  # the kernel takes 128 kB for one argument
        if done.code not in (0, 1, 2):
            raise t.Failed(done.tell())


def key_missing(directory):
    pipeline(directory)
    (directory / "a.json").write_text('{"name":"x"}\n')
    run(directory, 0)
    t.same(t.part_bytes(directory / "out"), b'{"id":null,"name":"x"}\n', "the output")


def null_key_is_a_bad_record(directory):
    (directory / "p.sql").write_text(
        SERVER + "CREATE SERVER db FOREIGN DATA WRAPPER sqlite OPTIONS (path 'x.db');\n"
        "CREATE FOREIGN TABLE a (id int) SERVER here OPTIONS (path 'a.json', format 'json', bounded 'true');\n"
        "CREATE FOREIGN TABLE o (id int) SERVER db OPTIONS (table 'o', key 'id');\nINSERT INTO o SELECT id FROM a;\n")
    (directory / "a.json").write_text('{"id":1}\n{"id":null}\n')
    run(directory, 1, r"(?i)key|null")


def wrong_type(directory):
    pipeline(directory)
    (directory / "a.json").write_text('{"id":"x","name":"y"}\n')
    run(directory, 1, r'invalid input syntax for type integer: "x"', r"a\.json")


def number_out_of_range(directory):
    pipeline(directory)
    (directory / "a.json").write_text('{"id":99999999999}\n')
    run(directory, 1, r"out of range")


# --- SQL --------------------------------------------------------------------------------------------------------

def unknown_option(directory):
    pipeline(directory, "path 'a.json', formt 'json', bounded 'true'")
    run(directory, 2, r"p\.sql:2:\d+", r"formt", r'did you mean "format"', r"\^")


def unknown_option_value(directory):
    pipeline(directory, "path 'a.json', format 'jsn', bounded 'true'")
    run(directory, 2, r"p\.sql:2:\d+", r"jsn")
    pipeline(directory, "path 'a.json', format 'json', bounded 'maybe'")
    run(directory, 2, r"p\.sql:2:\d+", r"maybe")


def unknown_server(directory):
    (directory / "p.sql").write_text(SERVER + "CREATE FOREIGN TABLE a (id int) SERVER hree OPTIONS (path 'a', format 'json');\n")
    run(directory, 2, r"p\.sql:2:\d+", r"hree", r'"?here"?')


def unknown_wrapper(directory):
    (directory / "p.sql").write_text("CREATE SERVER s FOREIGN DATA WRAPPER fiel;\n")
    run(directory, 2, r"p\.sql:1:\d+", r"fiel", r"file")


def unknown_table(directory):
    pipeline(directory, more="INSERT INTO o SELECT id, name FROM aa;\n")
    run(directory, 2, r"p\.sql:5:\d+", r'relation "aa" does not exist')


def unknown_setting(directory):
    pipeline(directory, more="SET weir.epok = '1 s';\n")
    run(directory, 2, r"p\.sql:5:\d+", r"epok", r"epoch")


def cycle_of_views(directory):
    pipeline(directory, more="CREATE VIEW v AS SELECT * FROM w;\nCREATE VIEW w AS SELECT * FROM v;\nINSERT INTO o SELECT id, name FROM v;\n")
    run(directory, 2, r"p\.sql:[567]:\d+")


def view_of_itself(directory):
    pipeline(directory, more="CREATE VIEW v AS SELECT * FROM v;\n")
    run(directory, 2, r"p\.sql:5:\d+")


def deep_views(directory):
    more = "CREATE VIEW v0 AS SELECT id, name FROM a;\n"
    for number in range(1, 3000):
        more += f"CREATE VIEW v{number} AS SELECT id, name FROM v{number - 1};\n"
    pipeline(directory, more=more + "INSERT INTO o SELECT id, name FROM v2999;\n")
    (directory / "a.json").write_text('{"id":1}\n')
    done = t.weir("run", "--drain", "p.sql", cwd=directory)
    if done.code not in (0, 2):
        raise t.Failed(done.tell())


def views_that_double(directory):
    """Each view reads the one before twice: 2^40 inlined copies must be refused, not built."""
    more = "CREATE VIEW v0 AS SELECT id, name FROM a;\n"
    for number in range(1, 41):
        more += f"CREATE VIEW v{number} AS SELECT id, name FROM v{number - 1} UNION ALL SELECT id, name FROM v{number - 1};\n"
    pipeline(directory, more=more + "INSERT INTO o SELECT id, name FROM v40;\n")
    done = t.weir("run", "--drain", "p.sql", cwd=directory)
    if done.code not in (1, 2):
        raise t.Failed(done.tell())


def insert_into_a_source(directory):
    (directory / "p.sql").write_text(
        SERVER + "CREATE SERVER gen FOREIGN DATA WRAPPER generate;\n"
        "CREATE FOREIGN TABLE g (id int) SERVER gen OPTIONS (count '1');\n"
        "CREATE FOREIGN TABLE a (id int) SERVER here OPTIONS (path 'a.json', format 'json');\nINSERT INTO g SELECT id FROM a;\n")
    run(directory, 2, r"p\.sql:5:\d+", r"\bg\b")


def two_tables_of_one_name(directory):
    pipeline(directory, more="CREATE VIEW a AS SELECT 1;\n")
    run(directory, 2, r"p\.sql:5:\d+", r"already exists")


def nothing_to_run(directory):
    (directory / "p.sql").write_text(SERVER)
    run(directory, 2)
    (directory / "p.sql").write_text("")
    run(directory, 2)


def statements_that_are_not_ours(directory):
    for text in ("DROP TABLE a;", "UPDATE a SET id = 1;", "CREATE TABLE t (id int);", "DELETE FROM a;", "BEGIN;"):
        pipeline(directory, more=text + "\n")
        run(directory, 2, r"p\.sql:5:\d+")


def sql_that_is_rubbish(directory):
    (directory / "p.sql").write_bytes(bytes(range(1, 256)))
    run(directory, 2)
    (directory / "p.sql").write_bytes(b"SELECT 'a\0b';")
    run(directory, 2)
    (directory / "p.sql").write_bytes(b"SELECT '\xff\xfe';")
    run(directory, 2)


def unterminated(directory):
    for text in ("SELECT 'abc", "SELECT (1", "/* comment", 'SELECT "a', "SELECT $$a"):
        pipeline(directory, more=text)
        run(directory, 2, r"p\.sql:5:\d+")


def option_with_open_variable(directory):
    for value in ("${", "${}", "${A", "${A:-", "${A:-${B}", "${file:}", "${file:/no/such/file}", "${A B}"):
        pipeline(directory, f"path '{value}', format 'json'")
        run(directory, 2, r"p\.sql:2:\d+")


# --- surroundings -------------------------------------------------------------------------------------------------

def as_nobody():
    """Root may read and write everything; the user nobody may not."""
    nobody = pwd.getpwnam("nobody")
    os.setgid(nobody.pw_gid)
    os.setuid(nobody.pw_uid)


def demoted(directory):
    """What makes the child nobody, and a binary that nobody can reach: the checkout may lie in a closed directory."""
    if os.getuid() != 0:
        return None, None
    directory.parent.chmod(0o755)
    binary = directory / "weir"
    shutil.copy(t.WEIR, binary)
    return as_nobody, binary


def no_permission_to_read(directory):
    pipeline(directory)
    (directory / "a.json").write_text('{"id":1}\n')
    (directory / "a.json").chmod(0)
    demote, binary = demoted(directory)
    directory.chmod(0o777)
    run(directory, 1, r"a\.json", r"(?i)permission denied", preexec=demote, binary=binary)


def no_permission_to_write(directory):
    pipeline(directory)
    (directory / "a.json").write_text('{"id":1}\n')
    demote, binary = demoted(directory)
    directory.chmod(0o555)
    try:
        run(directory, 1, r"(?i)permission denied", preexec=demote, binary=binary)
    finally:
        directory.chmod(0o755)


def small_disk(directory, kilobytes):
    """A tmpfs of that size; where that is not allowed, None."""
    place = directory / "disk"
    place.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "none", place], capture_output=True)
    return place if done.returncode == 0 else None


def disk_full_then_room(directory, sink):
    """The disk is full: an error that says so. With room again, the same command goes on and nothing is lost or twice."""
    place = small_disk(directory, 600)
    tables = {
        "file": "CREATE SERVER s FOREIGN DATA WRAPPER file OPTIONS (root 'disk');\n"
                "CREATE FOREIGN TABLE o (id int, name text) SERVER s OPTIONS (path 'out', format 'json');\n",
        "log": "CREATE SERVER s FOREIGN DATA WRAPPER log OPTIONS (root 'disk/log');\n"
               "CREATE FOREIGN TABLE o (id int, name text) SERVER s OPTIONS (topic 'o', format 'json');\n",
        "sqlite": "CREATE SERVER s FOREIGN DATA WRAPPER sqlite OPTIONS (path 'disk/x.db');\n"
                  "CREATE FOREIGN TABLE o (id int, name text) SERVER s OPTIONS (table 'o');\n",
    }
    (directory / "p.sql").write_text(
        "SET weir.epoch = '5 ms';\n" + SERVER + tables[sink] +
        "CREATE FOREIGN TABLE a (id int, name text) SERVER here OPTIONS (path 'a.json', format 'json', bounded 'true');\n"
        "INSERT INTO o SELECT id, name FROM a;\n")
    (directory / "a.json").write_text("".join(json.dumps({"id": i, "name": "x" * 80}) + "\n" for i in range(20000)))
    preexec = None
    if place is None:
        preexec = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (300 << 10, resource.RLIM_INFINITY))
    try:
        env = {"WEIR_DATA": str(directory / "data")}
        run(directory, 1, r"(?i)no space left|full|too large", preexec=preexec, env=env)
        if place is not None:
            subprocess.run(["mount", "-o", "remount,size=64m", place], check=True)
        run(directory, 0, env=env)
        if sink == "file":
            got = t.part_bytes(directory / "disk/out")
        elif sink == "log":
            got = t.weir("consume", "--from-beginning", "--drain", "p.sql", "o", cwd=directory, env=env).ok().out
        else:
            text = t.sqlite_rows(directory / "disk/x.db", "o").splitlines()[1:]
            got = "".join(f'{{"id":{line.split(",")[0]},"name":"{line.split(",")[1]}"}}\n' for line in text).encode()
        t.same(got, "".join(f'{{"id":{i},"name":"{"x" * 80}"}}\n' for i in range(20000)).encode(), sink)
    finally:
        if place is not None:
            subprocess.run(["umount", place])


def disk_full_of_checkpoints(directory):
    place = small_disk(directory, 16)
    if place is None:
        preexec = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    else:
        preexec = None
        (place / "ballast").write_bytes(b"\0" * (16 << 10))
    pipeline(directory)
    (directory / "a.json").write_text('{"id":1}\n')
    try:
        run(directory, 1, preexec=preexec, env={"WEIR_DATA": str(place or directory / "data")})
    finally:
        if place is not None:
            subprocess.run(["umount", place])


def checkpoint_files(directory):
    """The records of the checkpoint store, wherever it lies below the directory."""
    found = [path for path in directory.rglob("*") if path.is_file() and "checkpoint" in str(path.relative_to(directory)).lower()]
    records = [path for path in found if re.search(r"\d", path.name) and path.stat().st_size > 0]
    if not records:
        raise t.Failed(f"no checkpoint records below {directory}: {[str(path.relative_to(directory)) for path in directory.rglob('*')]}")
    return records


def damaged_checkpoint(directory, damage):
    pipeline(directory)
    (directory / "a.json").write_text('{"id":1}\n{"id":2}\n')
    env = {"WEIR_DATA": str(directory / "data")}
    run(directory, 0, env=env)
    for path in checkpoint_files(directory):
        data = bytearray(path.read_bytes())
        if damage == "flipped":
            data[len(data) // 2] ^= 0x20
        elif damage == "cut":
            data = data[:len(data) // 2]
        elif damage == "empty":
            data = bytearray()
        else:
            data = bytearray(os.urandom(len(data)))
        path.write_bytes(data)
    done = run(directory, 1, r"(?i)checkpoint", env=env)
    if not re.search(r"(?i)hint|reset|restore", done.stderr):
        raise t.Failed("the message does not say what to do\n" + done.tell())
    t.same(str(rows(directory)), "2", "rows")


def lost_checkpoint(directory):
    """The sinks are ahead of an empty store: refused, as starting anew would send everything twice."""
    pipeline(directory)
    (directory / "a.json").write_text('{"id":1}\n{"id":2}\n')
    env = {"WEIR_DATA": str(directory / "data")}
    run(directory, 0, env=env)
    for path in checkpoint_files(directory):
        path.unlink()
    run(directory, 1, r"(?i)ahead|checkpoint", env=env)
    t.same(str(rows(directory)), "2", "rows")


LOG = ("CREATE SERVER bus FOREIGN DATA WRAPPER log OPTIONS (root 'log');\n"
       "CREATE FOREIGN TABLE e (n int) SERVER bus OPTIONS (topic 'e', format 'json');\n")


def segments(directory):
    found = [path for path in (directory / "log").rglob("*") if path.is_file() and path.stat().st_size > 0]
    return sorted(found, key=lambda path: path.stat().st_size)


def torn_log_tail(directory):
    """What a crash leaves behind the last durable block is cut off: half a block, rubbish, zeros."""
    (directory / "p.sql").write_text(LOG)
    def produce(part, **more):
        return t.weir("produce", "p.sql", "e", cwd=directory, stdin="".join(f'{{"n":{part * 100 + i}}}\n' for i in range(100)), **more)
    def consume():
        return t.weir("consume", "--from-beginning", "--drain", "p.sql", "e", cwd=directory).ok().out
    produce(0).ok()
    produce(1).ok()
    whole = consume()
    t.same(str(whole.count(b"\n")), "200", "records")
    segment = segments(directory)[-1]
    durable = segment.read_bytes()
    produce(2, env={"WEIR_TEST_CRASH": "commit-log-append:1"}).want(137)
    torn = segment.read_bytes()
    if not torn.startswith(durable) or len(torn) == len(durable):
        raise t.Failed("the crash left no block behind the durable ones")
    for tail in (torn[len(durable):-1], torn[len(durable):-40], torn[len(durable):][:7], os.urandom(500), b"\0" * 4096):
        segment.write_bytes(durable + tail)
        t.same(consume(), whole, f"with {len(tail)} bytes behind the durable blocks")
        produce(3).ok()
        got = consume()
        if not got.startswith(whole) or got.count(b"\n") != 300 or b'"n":399}' not in got:
            raise t.Failed(f"after a tail of {len(tail)} bytes it holds {got.count(10)} records")
        t.weir("topics", "delete", "--yes", "p.sql", "e", cwd=directory).ok()
        produce(0).ok()
        produce(1).ok()
        segment = segments(directory)[-1]
        durable = segment.read_bytes()


def durable_records_cut_off(directory):
    """A log that lacks what was durable is damaged: that is told, by readers or at the latest by the next writer."""
    (directory / "p.sql").write_text(LOG)
    t.weir("produce", "p.sql", "e", cwd=directory, stdin="".join(f'{{"n":{i}}}\n' for i in range(100))).ok()
    t.weir("produce", "p.sql", "e", cwd=directory, stdin="".join(f'{{"n":{i}}}\n' for i in range(100))).ok()
    segment = segments(directory)[-1]
    segment.write_bytes(segment.read_bytes()[:-7])
    done = t.weir("produce", "p.sql", "e", cwd=directory, stdin='{"n":1}\n')
    if done.code == 0 or not re.search(r"(?i)damaged", done.stderr):
        raise t.Failed("durable records were cut off in silence\n" + done.tell())


def damaged_log_middle(directory):
    """Damage in the middle is no torn tail: it is told, never skipped in silence."""
    (directory / "p.sql").write_text(LOG)
    for part in range(3):
        t.weir("produce", "p.sql", "e", cwd=directory, stdin="".join(f'{{"n":{part * 100 + i}}}\n' for i in range(100))).ok()
    segment = segments(directory)[-1]
    data = bytearray(segment.read_bytes())
    data[len(data) // 5] ^= 0xFF
    segment.write_bytes(data)
    done = t.weir("consume", "--from-beginning", "--drain", "p.sql", "e", cwd=directory)
    if done.code == 0:
        raise t.Failed("damage in the middle of the log went unnoticed\n" + done.tell())


def sqlite_that_is_none(directory):
    (directory / "p.sql").write_text(
        SERVER + "CREATE SERVER db FOREIGN DATA WRAPPER sqlite OPTIONS (path 'x.db');\n"
        "CREATE FOREIGN TABLE a (id int) SERVER here OPTIONS (path 'a.json', format 'json', bounded 'true');\n"
        "CREATE FOREIGN TABLE o (id int) SERVER db OPTIONS (table 'o');\nINSERT INTO o SELECT id FROM a;\n")
    (directory / "a.json").write_text('{"id":1}\n')
    (directory / "x.db").write_bytes(b"this is no database at all, only text that is long enough to be looked at" * 20)
    run(directory, 1, r"x\.db")


def part_directory_that_is_a_file(directory):
    pipeline(directory)
    (directory / "a.json").write_text('{"id":1}\n')
    (directory / "out").write_text("a file\n")
    run(directory, 1, r"\bout\b")
    t.same((directory / "out").read_text(), "a file\n", "the file")


def many_variables(directory):
    pipeline(directory, "path '" + "${A}" * 200 + "', format 'json'")
    done = t.weir("run", "--drain", "p.sql", cwd=directory, env={"A": "x" * 2000})
    if done.code not in (1, 2):
        raise t.Failed(done.tell())


def main():
    suite = t.Suite("bad-input")
    functions = [
        no_file, no_sql_file, directory_for_an_sql_file, directory_for_a_file, empty_file, empty_csv, header_only, wrong_header,
        binary_rubbish, binary_rubbish_as_csv, truncated_gzip, line_of_a_gigabyte, long_line_skipped, invalid_utf8, deep_nesting,
        deep_nesting_of_jsonb, deep_sql, key_missing, null_key_is_a_bad_record, wrong_type, number_out_of_range, unknown_option,
        unknown_option_value, unknown_server, unknown_wrapper, unknown_table, unknown_setting, cycle_of_views, view_of_itself,
        deep_views, views_that_double, insert_into_a_source, two_tables_of_one_name, nothing_to_run, statements_that_are_not_ours,
        sql_that_is_rubbish, unterminated, option_with_open_variable, disk_full_of_checkpoints, lost_checkpoint, torn_log_tail, durable_records_cut_off,
        damaged_log_middle, no_permission_to_read, no_permission_to_write, sqlite_that_is_none, part_directory_that_is_a_file, many_variables]
    cases = [(f.__name__, f) for f in functions]
    cases += [(f"disk_full_then_room {sink}", disk_full_then_room, sink) for sink in ("file", "log", "sqlite")]
    cases += [(f"damaged_checkpoint {how}", damaged_checkpoint, how) for how in ("flipped", "cut", "empty", "rubbish")]
    cases = [case for case in cases if t.matching([case[0]], sys.argv[1:])]
    suite.parallel(cases)
    suite.finish()


if __name__ == "__main__":
    main()
