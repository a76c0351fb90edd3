#!/usr/bin/env python3
"""Dumps a pickle, loads it again and checks what came back, in /tmp and in /app.

Fails if a file of an earlier run is there: every run starts from the image.
"""

import dataclasses
import datetime
import hashlib
import math
import os
import pickle
import sys


@dataclasses.dataclass
class Model:
    name: str
    weights: list[float]
    trained: datetime.datetime
    blob: bytes
    labels: frozenset[str]


def model() -> Model:
    blob = b"".join(hashlib.sha256(i.to_bytes(4, "big")).digest() for i in range(131072))
    trained = datetime.datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=datetime.timezone.utc)
    return Model("größe", [0.1, -0.0, math.inf, 1e-308], trained, blob, frozenset({"cat", "dog"}))


def dump_and_load(folder: str) -> None:
    os.makedirs(folder, exist_ok=True)
    path, staged = os.path.join(folder, "model.pickle"), os.path.join(folder, "model.pickle.new")
    for leftover in (path, staged):
        if os.path.lexists(leftover):
            sys.exit(f"pickle: {leftover} exists before this run wrote it")

    first = model()
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with open(staged, "wb") as out:
            pickle.dump(first, out, protocol=protocol)
            out.flush()
            os.fsync(out.fileno())
        os.replace(staged, path)
        with open(path, "rb") as source:
            second = pickle.load(source)
        assert second == first, f"{path}: protocol {protocol} gave another object"
        assert math.copysign(1, second.weights[1]) == -1, f"{path}: -0.0 lost its sign"
    assert not os.path.lexists(staged), f"{staged}: still there after it was renamed"
    print(f"pickle: {folder}: protocols 0-{pickle.HIGHEST_PROTOCOL}, {len(first.blob)} bytes of payload, equal")


for place in ("/tmp", "/app"):
    dump_and_load(place)
