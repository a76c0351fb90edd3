import os, sys as s
import a.b.c
from . import sibling
from ..up import one, two
from pkg.mod import (x,
                     y)
n = 12345678901234567890 + 1.5 + 2j + len({"k": b"v"}) + len((1, None, True, ...))
def f(p, *q, r=frozenset({1, 2})):
    import never
    return lambda: (p, q, r)
class C:
    import inside
try:
    import optional
except ImportError:
    pass
