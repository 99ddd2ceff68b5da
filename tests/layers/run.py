#!/usr/bin/env python3
"""Checks that src/ keeps its layers: a directory includes only what its line in src/layers.txt names, all of them above it.

A line is `NAME: DIRECTORY..`; `all` and `all but NAME..` stand for every directory listed above. A source may always
include headers of its own directory, and tests and fuzzers (x_test.c, x_fuzz.c) what they need.
"""
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import weirtest as t

SRC = t.ROOT / "src"


def read_layers():
    layers = {}
    for number, line in enumerate((SRC / "layers.txt").read_text().splitlines(), 1):
        line = line.split("#")[0].strip()
        if not line:
            continue
        name, rest = (part.strip() for part in line.split(":", 1))
        words = rest.split()
        if words[:1] == ["all"]:
            allowed = set(layers) - set(words[2:] if words[1:2] == ["but"] else [])
        else:
            allowed = set(words)
            for word in allowed - set(layers):
                raise t.Failed(f"src/layers.txt:{number}: {name} names {word}, which is not above it")
        layers[name] = allowed
    return layers


def check_file(path, layers, includes):
    own = path.relative_to(SRC).parts[0]
    if own not in layers:
        raise t.Failed(f"{path.relative_to(t.ROOT)}: src/{own} has no line in src/layers.txt")
    wrong = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if match := re.match(r'\s*#\s*include\s+"([^"]+)"', line):
            target = match.group(1)
            if not (SRC / target).exists() and not (path.parent / target).exists() and "/" in target:
                wrong.append(f"{path.relative_to(t.ROOT)}:{number}: there is no src/{target}")
                continue
            other = target.split("/")[0] if "/" in target else own
            includes.add((own, other))
            if other != own and other not in layers[own]:
                wrong.append(f"{path.relative_to(t.ROOT)}:{number}: {own} may not include {target}")
    if wrong:
        raise t.Failed("\n".join(wrong))


def main():
    failed = passed = 0
    try:
        layers = read_layers()
        sources = [path for path in sorted(SRC.rglob("*.[ch]")) if not re.search(r"_(test|fuzz)\.c$", path.name)]
        if not sources:
            raise t.Failed("src/ has no sources")
    except (t.Failed, OSError) as why:
        print(f"FAIL layers: {why}")
        layers, sources, failed = {}, [], 1
    includes = set()
    for path in sources:
        try:
            check_file(path, layers, includes)
            passed += 1
        except t.Failed as why:
            print(why)
            failed += 1
    directories = {path.relative_to(SRC).parts[0] for path in sources}
    for name in sorted(directories):
        readme = (SRC / name / "README.md").exists()
        print("" if readme else f"FAIL layers: src/{name} has no README.md\n", end="")
        passed, failed = passed + readme, failed + (not readme)
    print(f"{passed} passed, {failed} failed, 0 skipped")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
