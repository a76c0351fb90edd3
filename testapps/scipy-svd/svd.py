#!/usr/bin/env python3
"""Decomposes a matrix with SciPy and checks that its factors give the matrix back."""

import numpy
from scipy import linalg

matrix = numpy.random.default_rng(20260101).standard_normal((100, 100))
u, s, vh = linalg.svd(matrix)
assert numpy.allclose((u * s) @ vh, matrix), "u * s * vh is not the matrix"
print(f"svd: u={u.shape}, s={s.shape}")
