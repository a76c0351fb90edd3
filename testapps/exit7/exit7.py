#!/usr/bin/env python3
"""Writes to both streams in turn and exits 7: streams stay apart and in order, the exit code is the script's."""

import sys

for step in range(1, 4):
    print(f"out {step}", flush=True)
    print(f"err {step}", file=sys.stderr, flush=True)
sys.stdout.write("out without a newline at its end")
sys.stderr.write("giving up: nothing is wrong, this script always exits 7\n")
sys.exit(7)
