#!/usr/bin/env python3
"""http and s3 sources against a server of the test's own: ranges, retries, broken connections, listings, signatures, fallback."""
import datetime
import gzip
import hashlib
import hmac
import http.server
import pathlib
import re
import sys
import threading
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import weirtest as t

ACCESS, SECRET = "AKIAEXAMPLE", "secret/of+the=test"


class Server:
    """Serves `files` (path -> bytes) on the loopback address; `faults` (path -> list) are used up, one a request."""

    def __init__(self, files, faults=None, private=False):
        self.files, self.faults, self.private, self.requests = files, faults or {}, private, []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                outer.answer(self)

            do_HEAD = do_GET

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.http.shutdown()
        self.http.server_close()

    def answer(self, request):
        url = urllib.parse.urlsplit(request.path)
        path, query = urllib.parse.unquote(url.path), urllib.parse.parse_qs(url.query, keep_blank_values=True)
        self.requests.append((request.command, path, dict(request.headers)))
        faults = self.faults.get(path, [])
        fault = faults.pop(0) if faults else None
        if self.private and not self.signed(request, url):
            return self.send(request, 403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>")
        if isinstance(fault, int):
            return self.send(request, fault, b"fault")
        if fault == "hang":
            time.sleep(20)
            return None
        if "list-type" in query:
            return self.send(request, 200, self.listing(path, query))
        if path not in self.files:
            return self.send(request, 404, b"<Error><Code>NoSuchKey</Code></Error>")
        data, status, extra = self.files[path], 200, {"ETag": f'"{hashlib.md5(self.files[path]).hexdigest()}"', "Accept-Ranges": "bytes"}
        match = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("Range", ""))
        if match and fault != "no range":
            first = int(match[1])
            last = min(int(match[2] or len(data) - 1), len(data) - 1)
            if first >= len(data):
                return self.send(request, 416, b"", {"Content-Range": f"bytes */{len(data)}"})
            extra["Content-Range"] = f"bytes {first}-{last}/{len(data)}"
            data, status = data[first:last + 1], 206
        if fault == "break":
            request.send_response(status)
            for name, value in extra.items():
                request.send_header(name, value)
            request.send_header("Content-Length", str(len(data)))
            request.end_headers()
            request.wfile.write(data[:len(data) // 2])
            request.wfile.flush()
            request.close_connection = True
            request.connection.shutdown(2)
            return None
        return self.send(request, status, data, extra)

    @staticmethod
    def send(request, status, data, extra=None):
        request.send_response(status)
        for name, value in (extra or {}).items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(data)))
        request.end_headers()
        if request.command != "HEAD":
            try:
                request.wfile.write(data)
            except OSError:
                pass

    def listing(self, path, query):
        """ListObjectsV2, two keys a page."""
        bucket, prefix = path.strip("/"), query.get("prefix", [""])[0]
        keys = sorted(name[len(bucket) + 2:] for name in self.files if name.startswith(f"/{bucket}/{prefix}"))
        start = int(query.get("continuation-token", ["0"])[0])
        page, more = keys[start:start + 2], start + 2 < len(keys)
        contents = "".join(f"<Contents><Key>{key.replace('&', '&amp;')}</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified>"
                           f"<ETag>&quot;{hashlib.md5(self.files[f'/{bucket}/{key}']).hexdigest()}&quot;</ETag>"
                           f"<Size>{len(self.files[f'/{bucket}/{key}'])}</Size></Contents>" for key in page)
        token = f"<NextContinuationToken>{start + 2}</NextContinuationToken>" if more else ""
        return (f'<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>{bucket}</Name>'
                f"<IsTruncated>{'true' if more else 'false'}</IsTruncated>{token}{contents}</ListBucketResult>").encode()

    @staticmethod
    def signed(request, url):
        """AWS Signature Version 4, computed anew from what came."""
        match = re.fullmatch(r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/s3/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})",
                             request.headers.get("Authorization", ""))
        if not match or match[1] != ACCESS:
            return False
        _, day, region, names, signature = match.groups()
        headers = "".join(f"{name}:{' '.join(request.headers[name].split())}\n" for name in names.split(";"))
        pairs = sorted(tuple(part.partition("=")[::2]) for part in url.query.split("&") if part)
        canonical = "\n".join([request.command, url.path, "&".join(f"{k}={v}" for k, v in pairs), headers, names,
                               request.headers.get("x-amz-content-sha256", hashlib.sha256(b"").hexdigest())])
        scope = f"{day}/{region}/s3/aws4_request"
        text = "\n".join(["AWS4-HMAC-SHA256", request.headers["x-amz-date"], scope, hashlib.sha256(canonical.encode()).hexdigest()])
        key = ("AWS4" + SECRET).encode()
        for word in (day, region, "s3", "aws4_request"):
            key = hmac.new(key, word.encode(), hashlib.sha256).digest()
        return hmac.compare_digest(hmac.new(key, text.encode(), hashlib.sha256).hexdigest(), signature)


ROWS = b"".join(b'{"id":%d,"name":"%s"}\n' % (i, b"x" * (i % 50)) for i in range(1, 5001))


def pipeline(directory, servers, table):
    (directory / "p.sql").write_text(
        f"CREATE SERVER here FOREIGN DATA WRAPPER file;\n{servers}\n"
        f"CREATE FOREIGN TABLE a (id int, name text) SERVER {table};\n"
        "CREATE FOREIGN TABLE o (id int, name text) SERVER here OPTIONS (path 'out', format 'json');\nINSERT INTO o SELECT id, name FROM a;\n")


def drained(directory, want, **more):
    done = t.weir("run", "--drain", "p.sql", cwd=directory, **more).ok()
    t.same(t.part_bytes(directory / "out"), want, "what was read")
    return done


def http_get(directory):
    with Server({"/a.json": ROWS}) as server:
        pipeline(directory, "", f"here OPTIONS (path '{server.url}/a.json', format 'json', bounded 'true')")
        drained(directory, ROWS)
        drained(directory, ROWS)


def http_root(directory):
    with Server({"/data/a.json": ROWS}) as server:
        pipeline(directory, f"CREATE SERVER web FOREIGN DATA WRAPPER http OPTIONS (root '{server.url}/data');", "web OPTIONS (path 'a.json', format 'json')")
        drained(directory, ROWS)


def http_gzip(directory):
    with Server({"/a.json.gz": gzip.compress(ROWS)}) as server:
        pipeline(directory, "", f"here OPTIONS (path '{server.url}/a.json.gz', format 'json', bounded 'true')")
        drained(directory, ROWS)


def http_resumes_a_broken_transfer(directory):
    with Server({"/a.json": ROWS}, {"/a.json": ["break", "break"]}) as server:
        pipeline(directory, "", f"here OPTIONS (path '{server.url}/a.json', format 'json', bounded 'true')")
        drained(directory, ROWS)
        if not any("Range" in headers for _, _, headers in server.requests):
            raise t.Failed("it never asked for a range")


def http_retries_with_back_off(directory):
    with Server({"/a.json": ROWS}, {"/a.json": [503, 500, 429]}) as server:
        pipeline(directory, "", f"here OPTIONS (path '{server.url}/a.json', format 'json', bounded 'true')")
        drained(directory, ROWS)


def http_404_is_an_error(directory):
    with Server({}) as server:
        pipeline(directory, "", f"here OPTIONS (path '{server.url}/none.json', format 'json', bounded 'true')")
        done = t.weir("run", "--drain", "p.sql", cwd=directory).want(1)
        if "404" not in done.stderr or "none.json" not in done.stderr:
            raise t.Failed(done.tell())


def fallback(directory, faults, why):
    (directory / "local.json").write_bytes(ROWS)
    with Server({"/a.json": ROWS * 2}, {"/a.json": list(faults)}) as server:
        pipeline(directory, "", f"here OPTIONS (path '{server.url}/{why}', fallback 'local.json', timeout '1 s', format 'json', bounded 'true')")
        started = time.monotonic()
        done = drained(directory, ROWS)
        if time.monotonic() - started > 10 * t.SLOWNESS:
            raise t.Failed("it took too long to fall back")
        lines = [line for line in done.stderr.splitlines() if "local.json" in line]
        if len(lines) != 1:
            raise t.Failed(f"{len(lines)} lines tell of the fallback\n{done.tell()}")
        server.faults.clear()
        drained(directory, ROWS)  # the choice stays


def fallback_after_reset_asks_again(directory):
    (directory / "local.json").write_bytes(ROWS)
    with Server({"/a.json": ROWS * 2}, {"/a.json": ["hang"] * 8}) as server:
        pipeline(directory, "", f"here OPTIONS (path '{server.url}/a.json', fallback 'local.json', timeout '1 s', format 'json', bounded 'true')")
        drained(directory, ROWS)
        server.faults.clear()
        t.weir("reset", "--yes", "p.sql", cwd=directory).ok()
        drained(directory, ROWS * 2)


def no_fallback_for_a_local_file(directory):
    (directory / "local.json").write_bytes(ROWS)
    pipeline(directory, "", "here OPTIONS (path 'missing.json', fallback 'local.json', format 'json', bounded 'true')")
    t.weir("run", "--drain", "p.sql", cwd=directory).want(1)


def s3(directory, private, path, files, want):
    with Server(files, private=private) as server:
        keys = f"CREATE USER MAPPING FOR CURRENT_USER SERVER store OPTIONS (access_key '{ACCESS}', secret_key '{SECRET}');" if private else ""
        pipeline(directory, f"CREATE SERVER store FOREIGN DATA WRAPPER s3 OPTIONS (endpoint '{server.url}', root 's3://bucket/in');\n{keys}",
                 f"store OPTIONS (path '{path}', format 'json', bounded 'true')")
        done = drained(directory, want)
        if SECRET in done.stdout + done.stderr:
            raise t.Failed("the secret was printed")
        if not private and any("Authorization" in headers for _, _, headers in server.requests):
            raise t.Failed("an anonymous request was signed")


def s3_wrong_key(directory):
    with Server({"/bucket/in/a.json": ROWS}, private=True) as server:
        pipeline(directory, f"CREATE SERVER store FOREIGN DATA WRAPPER s3 OPTIONS (endpoint '{server.url}', root 's3://bucket/in');\n"
                 "CREATE USER MAPPING FOR CURRENT_USER SERVER store OPTIONS (access_key 'AKIAEXAMPLE', secret_key 'wrong-secret');",
                 "store OPTIONS (path 'a.json', format 'json', bounded 'true')")
        done = t.weir("run", "--drain", "p.sql", cwd=directory).want(1)
        if "403" not in done.stderr or "wrong-secret" in done.stderr:
            raise t.Failed(done.tell())


def resumes_after_a_crash(directory):
    with Server({"/a.json": ROWS * 40}) as server:
        pipeline(directory, "SET weir.epoch = '5 ms';", f"here OPTIONS (path '{server.url}/a.json', format 'json', bounded 'true')")
        t.weir("run", "--drain", "p.sql", cwd=directory, env={"WEIR_TEST_CRASH": "prepared:1"}).want(137)
        drained(directory, ROWS * 40)


PREFIX = {f"/bucket/in/day={day}/part {i}.json": ROWS for day in (1, 2) for i in (1, 2, 3)} | {"/bucket/other/x.json": ROWS}


def main():
    suite = t.Suite("remote")
    cases = [(f.__name__, f) for f in (
        http_get, http_root, http_gzip, http_resumes_a_broken_transfer, http_retries_with_back_off, http_404_is_an_error,
        fallback_after_reset_asks_again, no_fallback_for_a_local_file, s3_wrong_key, resumes_after_a_crash)]
    cases += [("fallback when it refuses", fallback, [], "none.json"), ("fallback when it is slow", fallback, ["hang"] * 8, "a.json"),
              ("fallback when it is broken", fallback, [503] * 50, "a.json"),
              ("s3 anonymous", s3, False, "a.json", {"/bucket/in/a.json": ROWS}, ROWS),
              ("s3 signed", s3, True, "a.json", {"/bucket/in/a.json": ROWS}, ROWS),
              ("s3 key with odd characters", s3, True, "ä b+c=d.json", {"/bucket/in/ä b+c=d.json": ROWS}, ROWS),
              ("s3 prefix, anonymous", s3, False, "day=*/*.json", PREFIX, ROWS * 6),
              ("s3 prefix, signed", s3, True, "day=*/*.json", PREFIX, ROWS * 6)]
    cases = [case for case in cases if t.matching([case[0]], sys.argv[1:])]
    suite.parallel(cases)
    suite.finish()


if __name__ == "__main__":
    main()
