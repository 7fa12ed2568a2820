"""NumPy's names on tensors: what np.percentile(x, 50), np.unique(x), np.linalg.inv(x) run where x is traced.

given.py        what NumPy would make an array of, as a tensor
ufuncs.py       functions of elements, and the methods of ufuncs: accumulate, at
reductions.py   sums and the like with `where`, `initial` and `out`; those that leave NaN out
pieces.py       arrays joined, cut, padded and indexed
orders.py       sorted, searched, counted: unique, searchsorted, bincount, histogram
statistics.py   percentiles, covariance, differences, interpolation, convolution, polynomials
linear.py       norms and products; the rest of numpy.linalg is host.py's
changes.py      what changes an array in place: np.put, np.add.at, x.sort()
host.py         what has no operation here: the run calls NumPy itself
"""

from . import changes, host, linear, orders, pieces, reductions, statistics, ufuncs

FUNCTIONS = {
    **pieces.FUNCTIONS,
    **orders.FUNCTIONS,
    **statistics.FUNCTIONS,
    **linear.FUNCTIONS,
    **reductions.FUNCTIONS,
    **ufuncs.FUNCTIONS,
}
METHODS = {**pieces.METHODS, **orders.METHODS, **reductions.METHODS}

__all__ = ["FUNCTIONS", "METHODS", "changes", "host", "ufuncs"]
