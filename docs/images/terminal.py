#!/usr/bin/env python3
"""Draws what a command shows on a terminal as an SVG.

    docs/images/terminal.py [--columns N] [--at SECONDS] [--title TEXT] -o OUT.svg -- COMMAND [ARG..]

The command runs on a pseudo terminal of its own; the picture is its screen with all that scrolled off above it: at its end, or
after --at seconds (it is ended then). Knows the few control sequences that weir and ./dev use."""
import argparse
import fcntl
import html
import os
import pty
import re
import select
import signal
import struct
import termios
import time
import unicodedata

CELL, LINE, PAD, BAR = 7.8, 18, 14, 30
SEQUENCE = re.compile(r"\x1b\[(\??[0-9;]*)([A-Za-z])|\x1b[()].")


def width_of(char):
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


class Screen:
    """Rows of cells (char, bold); lines wrap at the right edge, as on a terminal."""

    def __init__(self, columns):
        self.columns, self.rows, self.y, self.x, self.bold = columns, [[]], 0, 0, False

    def put(self, char):
        width = width_of(char)
        if self.x + width > self.columns:
            self.newline()
            self.x = 0
        row = self.rows[self.y]
        row.extend([(" ", False)] * (self.x + width - len(row)))
        row[self.x] = (char, self.bold)
        for extra in range(1, width):
            row[self.x + extra] = ("", self.bold)
        self.x += width

    def newline(self):
        self.y += 1
        if self.y == len(self.rows):
            self.rows.append([])

    def control(self, numbers, letter):
        number = int(numbers.split(";")[0]) if numbers.split(";")[0].isdigit() else None
        if letter == "A":
            self.y = max(0, self.y - (number or 1))
        elif letter == "K":
            del self.rows[self.y][self.x:]
        elif letter == "J":
            del self.rows[self.y][self.x:], self.rows[self.y + 1:]
        elif letter == "m":
            self.bold = number == 1

    def feed(self, text):
        at = 0
        while at < len(text):
            sequence = SEQUENCE.match(text, at)
            if sequence:
                if sequence[2]:
                    self.control(sequence[1], sequence[2])
                at = sequence.end()
                continue
            char = text[at]
            at += 1
            if char == "\n":
                self.newline()
            elif char == "\r":
                self.x = 0
            elif char == "\t":
                self.x += 8 - self.x % 8
            elif char >= " ":
                self.put(char)

    def lines(self):
        rows = list(self.rows)
        while rows and not rows[-1]:
            rows.pop()
        return rows


def run(command, columns, seconds):
    pid, fd = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm-256color"
        os.execvp(command[0], command)
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 60, columns, 0, 0))
    out, until = b"", time.monotonic() + (seconds or 3600)
    while time.monotonic() < until:
        if not select.select([fd], [], [], max(0, min(1, until - time.monotonic())))[0]:
            continue
        try:
            data = os.read(fd, 65536)
        except OSError:
            break
        if not data:
            break
        out += data
    if seconds:
        os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return out.decode("utf-8", "replace")


def runs(row):
    """(column, text, bold) of a row's stretches, cut at two blanks so that every word keeps its column."""
    start, text, bold = 0, "", False
    for x, (char, is_bold) in enumerate(row + [("\n", None)]):
        if text and (is_bold != bold or (char == " " and text.endswith(" "))):
            yield start, text.rstrip(), bold
            text = ""
        if not text:
            if char in (" ", "\n"):
                continue
            start, bold = x, is_bold
        text += char


def svg(rows, columns, title):
    width, height = columns * CELL + 2 * PAD, len(rows) * LINE + 2 * PAD + BAR
    yield (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} '
           f'{height:.0f}">')
    yield (f'<rect width="100%" height="100%" rx="8" fill="#1b1f27"/><path d="M0 {BAR}V8a8 8 0 0 1 8-8H{width - 8:.0f}a8 8 0 0 1 '
           f'8 8V{BAR}z" fill="#2b313d"/>')
    for i, colour in enumerate(("#e5695e", "#e0b04f", "#6fb462")):
        yield f'<circle cx="{18 + 18 * i}" cy="{BAR / 2:.0f}" r="5.5" fill="{colour}"/>'
    yield (f'<text x="50%" y="{BAR / 2 + 4:.0f}" text-anchor="middle" font-family="sans-serif" font-size="12" '
           f'fill="#aab2c0">{html.escape(title)}</text>')
    yield ('<g font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="13" fill="#d5dae3" '
           'xml:space="preserve">')
    for y, row in enumerate(rows):
        for x, text, bold in runs(row):
            cells = sum(map(width_of, text))
            style = ' font-weight="bold" fill="#ffffff"' if bold else ""
            yield (f'<text x="{PAD + x * CELL:.1f}" y="{BAR + PAD + y * LINE + 13}" textLength="{cells * CELL:.1f}" '
                   f'lengthAdjust="spacingAndGlyphs"{style}>{html.escape(text, quote=False)}</text>')
    yield "</g></svg>"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--columns", type=int, default=120)
    parser.add_argument("--at", type=float, metavar="SECONDS")
    parser.add_argument("--title")
    parser.add_argument("-o", dest="out", required=True)
    parser.add_argument("command", nargs="+")
    args = parser.parse_args()
    screen = Screen(args.columns)
    screen.feed(run(args.command, args.columns, args.at))
    with open(args.out, "w", encoding="utf-8") as file:
        file.write("\n".join(svg(screen.lines(), args.columns, args.title or " ".join(args.command))) + "\n")


if __name__ == "__main__":
    main()
