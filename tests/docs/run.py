#!/usr/bin/env python3
"""Checks what is written: links lead somewhere, the README opens with the two commands, the halves of the customers example
say the same as the whole, and the pages that come from the binary are those that it prints."""
import os
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import weirtest as t


def pages():
    names = subprocess.check_output(["git", "ls-files", "*.md"], cwd=t.ROOT, text=True).split("\n")
    return [t.ROOT / name for name in names if name and (t.ROOT / name).exists()]


def links(directory, page):
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:|#", target):
            continue
        if not (page.parent / target.split("#")[0]).exists():
            raise t.Failed(f"{page.relative_to(t.ROOT)}: the link {target} leads nowhere")


def readme_opens_with_two_commands(directory):
    text = (t.ROOT / "README.md").read_text(encoding="utf-8")
    places = [text.find("./dev demo"), text.find("./dev test")]
    if not (0 <= places[0] < places[1] < 1500):
        raise t.Failed("the README does not open with ./dev demo and ./dev test")


def statements(path):
    text = re.sub(r"--[^\n]*", "", path.read_text(encoding="utf-8"))
    return [re.sub(r"\s+", " ", part).strip() for part in text.split(";\n") if part.strip()]


def halves_equal_the_whole(directory):
    customers = t.ROOT / "examples" / "customers"
    whole = statements(customers / "customers.sql")
    produce, process = statements(customers / "produce.sql"), statements(customers / "process.sql")
    for name, half in (("produce.sql", produce), ("process.sql", process)):
        for statement in half:
            if statement not in whole:
                raise t.Failed(f"{name} has a statement that customers.sql lacks: {statement}")
    for statement in whole:
        if statement not in produce + process:
            raise t.Failed(f"neither half has: {statement}")


def nothing_from_outside(directory):
    """No file of the project leans on the workplace it was made in."""
    found = subprocess.run(["git", "grep", "-nE", r"/work/|\.\./\.library", "--", ".", ":!tests/docs/run.py"], cwd=t.ROOT,
                           capture_output=True, text=True).stdout
    if found:
        raise t.Failed(found)


def generated_parts_are_up_to_date(directory):
    done = subprocess.run([sys.executable, "docs/generate", "--check"], cwd=t.ROOT, capture_output=True, text=True)
    if done.returncode:
        raise t.Failed(done.stderr)


def readme_tour_prints_what_it_says(directory):
    """The README's files and commands as they stand, and what it shows of their output."""
    text = (t.ROOT / "README.md").read_text(encoding="utf-8")
    tour = re.search(r"^## Five minutes$(.*?)^## ", text, re.M | re.S)[1]
    block = "\n".join(line[4:] for line in tour.split("\n") if line.startswith("    ") or not line)
    for name, content in re.findall(r"^cat > (\S+) <<'EOF'\n(.*?\n)EOF$", block, re.M | re.S):
        (directory / name).write_text(content, encoding="utf-8")
    wanted, printed = [], []
    for command, output in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.M):
        if command.startswith("weir reset"):
            command = command.replace("reset", "reset --yes")
        done = subprocess.run(["bash", "-c", command], cwd=directory, capture_output=True, text=True,
                              env=t.environment({"PATH": f"{t.BUILD}:{os.environ['PATH']}"}))
        if done.returncode:
            raise t.Failed(f"{command}\n{done.stderr}")
        lines = [line.rstrip() for line in (done.stdout + done.stderr).split("\n") if line.strip()]
        shown = [line.rstrip() for line in output.split("\n") if line.strip()]
        if ".." in shown:
            lines, shown = lines[:shown.index("..")], shown[:shown.index("..")]
        if shown and not command.startswith("weir ls"):
            wanted += [f"$ {command}", *shown]
            printed += [f"$ {command}", *lines]
    if len(wanted) < 20:
        raise t.Failed("the tour was not found")
    t.same("\n".join(printed), "\n".join(wanted), "the tour")


def dev_knows_its_verbs(directory):
    usage = subprocess.check_output(["bash", "dev", "--help"], cwd=t.ROOT, text=True)
    for verb in "setup build demo test bench lint fuzz clean".split():
        if not re.search(rf"^  {verb}\b", usage, re.M):
            raise t.Failed(f"./dev --help does not name {verb}")


def main():
    suite = t.Suite("docs")
    for page in pages():
        suite.case(f"links of {page.relative_to(t.ROOT)}", links, page)
    for check in (readme_opens_with_two_commands, halves_equal_the_whole, nothing_from_outside, dev_knows_its_verbs,
                  generated_parts_are_up_to_date, readme_tour_prints_what_it_says):
        suite.case(check.__name__, check)
    suite.finish()


if __name__ == "__main__":
    main()
