#!/usr/bin/env python3
"""Prints what the run got: its arguments, the image's environment, working directory and user."""

import os
import sys

print(f"script: {os.path.basename(sys.argv[0])}")
for number, argument in enumerate(sys.argv[1:], start=1):
    print(f"argv[{number}]: {argument!r}")
for name in sorted(os.environ):
    if name.startswith("SWAY_") or name in ("HOME", "LANG", "PATH"):
        print(f"{name}: {os.environ[name]!r}")
print(f"working directory: {os.getcwd()}")
print(f"uid: {os.getuid()}, gid: {os.getgid()}")
