"""Samples of functions over arrays: (function of ag, the same of NumPy, arguments).

An argument is a text "dtypes[shape]" with dtypes f (floats), i (signed), u (unsigned), b (bool), c
(complex), or a constant. Each sample
is run for every dtype of its first argument's letters.
"""

import numpy as np

import autograph as ag

DTYPES = {
    "f": ["float32", "float64"],
    "h": ["float16"],
    "i": ["int8", "int16", "int32", "int64"],
    "u": ["uint8", "uint16", "uint32", "uint64"],
    "b": ["bool"],
    "c": ["complex64", "complex128"],
}


def np_scatter(x, at, updates, how):
    out = x.copy()
    for row, value in zip(
        at.reshape(-1, at.shape[-1]),
        updates.reshape((-1, *updates.shape[at.ndim - 1 :])),
        strict=True,
    ):
        place = tuple(row)
        out[place] = how(out[place], value)
    return out


def np_where(c, *xy):
    return np.where(c, *xy) if xy else np.argwhere(c)


def np_unique(x):
    values, first, inverse = np.unique(x, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return values[order], rank[inverse.reshape(-1)]


def np_cumprod(x, exclusive, reverse):
    x = x[::-1] if reverse else x
    y = np.cumprod(x, 0, dtype=x.dtype)
    if exclusive:
        y = np.concatenate([np.ones_like(x[:1]), y[:-1]])
    return y[::-1] if reverse else y


def np_cumsum(x, exclusive, reverse):
    x = x[::-1] if reverse else x
    y = np.cumsum(x, 0, dtype=x.dtype)
    if exclusive:
        y = np.concatenate([np.zeros_like(x[:1]), y[:-1]])
    return y[::-1] if reverse else y


def flags(fn, ref):
    return [
        (
            lambda x, e=e, r=r: fn(x, exclusive=e, reverse=r),
            lambda x, e=e, r=r: ref(x, e, r),
            "fiu[4,3]",
        )
        for e in (0, 1)
        for r in (0, 1)
    ]


at2 = np.array([[0, 1], [2, 0], [1, 1]])
at1 = np.array([[2], [0], [2]])

SAMPLES = {
    "reduce_variance": [
        (lambda x: ag.reduce_variance(x, 1), lambda x: np.var(x, 1), "f[3,5]"),
        (ag.reduce_variance, np.var, "f[7]"),
    ],
    "reduce_std": [
        (lambda x: ag.reduce_std(x, 0, True), lambda x: np.std(x, 0, keepdims=True), "f[3,5]")
    ],
    "reduce_logsumexp": [
        (lambda x: ag.reduce_logsumexp(x, 1), lambda x: np.log(np.exp(x).sum(1)), "f[3,5]"),
        (
            lambda x: ag.reduce_logsumexp(x * 0 + 1000),
            lambda x: np.asarray(1000 + np.log(5), x.dtype),
            "f[5]",
        ),
        (lambda x: ag.reduce_logsumexp(x), lambda x: np.asarray(-np.inf, x.dtype), "f[0]"),
        (
            lambda x: ag.reduce_logsumexp(x * 0 - np.inf, 0, True),
            lambda x: np.full((1, 2), -np.inf, x.dtype),
            "f[3,2]",
        ),
    ],
    "reduce_euclidean_norm": [
        (lambda x: ag.reduce_euclidean_norm(x, 1), lambda x: np.linalg.norm(x, axis=1), "f[3,5]")
    ],
    "norm": [
        (lambda x: ag.norm(x, 1, 0), lambda x: np.abs(x).sum(0), "f[3,5]"),
        (lambda x: ag.norm(x, np.inf), lambda x: np.abs(x).max(), "f[3,5]"),
    ],
    "count_nonzero": [
        (lambda x: ag.count_nonzero(x, 0), lambda x: np.count_nonzero(x, 0), "fiub[3,5]")
    ],
    "cumsum": flags(ag.cumsum, np_cumsum),
    "cumprod": flags(ag.cumprod, np_cumprod),
    "add_n": [(lambda x, y: ag.add_n([x, y, x]), lambda x, y: x + y + x, "fiu[3,2]", "fiu[3,2]")],
    "squared_difference": [(ag.squared_difference, lambda x, y: (x - y) ** 2, "f[3]", "f[2,3]")],
    "divide_no_nan": [
        (
            ag.divide_no_nan,
            lambda x, y: np.where(y == 0, 0, x / np.where(y == 0, 1, y)),
            "f[4]",
            "f[4]",
        )
    ],
    "clip_by_norm": [
        (lambda x: ag.clip_by_norm(x, 1.0), lambda x: x / max(np.linalg.norm(x), 1), "f[3,4]"),
        (lambda x: ag.clip_by_norm(x * 0, 1.0), lambda x: x * 0, "f[3]"),
    ],
    "erfinv": [
        (lambda x: ag.erfinv(ag.erf(x)), lambda x: x, np.linspace(-2, 2, 9)),
        (lambda x: ag.erfinv(ag.erf(x)), lambda x: x, np.linspace(-1.5, 1.5, 9, dtype=np.float32)),
    ],
    "tensordot": [
        (
            lambda a, b: ag.tensordot(a, b, 1),
            lambda a, b: np.tensordot(a, b, 1),
            "fi[3,4]",
            "fi[4,2]",
        ),
        (lambda a, b: ag.tensordot(a, b, 0), lambda a, b: np.tensordot(a, b, 0), "fi[3]", "fi[4]"),
        (
            lambda a, b: ag.tensordot(a, b, [[0, 2], [1, 0]]),
            lambda a, b: np.tensordot(a, b, [[0, 2], [1, 0]]),
            "fi[3,4,2]",
            "fi[2,3,5]",
        ),
    ],
    "einsum": [
        *[
            (lambda *xs, e=e: ag.einsum(e, *xs), lambda *xs, e=e: np.einsum(e, *xs), *shapes)
            for e, *shapes in [
                ("ij,jk->ik", "fi[2,3]", "fi[3,4]"),
                ("ij,jk", "fi[2,3]", "fi[3,4]"),
                ("bij,bjk->bik", "fi[2,3,4]", "fi[2,4,5]"),
                ("ij->ji", "fi[2,3]"),
                ("ij->", "fi[2,3]"),
                ("ii->i", "fi[3,3]"),
                ("ii", "fi[3,3]"),
                ("i,j->ij", "fi[2]", "fi[3]"),
                ("...ij,...jk->...ik", "fi[2,1,2,3]", "fi[4,3,2]"),
                ("ij,ij->i", "fi[2,3]", "fi[2,3]"),
                ("ijk,k,jl->il", "fi[2,3,4]", "fi[4]", "fi[3,2]"),
                ("bhqd,bhkd->bhqk", "fi[2,2,3,4]", "fi[2,2,5,4]"),
                ("i->i", "fi[3]"),
                ("ij,jk->ik", "fi[0,3]", "fi[3,2]"),
                ("ij,kl->", "fi[2,3]", "fi[2,2]"),
            ]
        ]
    ],
    "matmul": [
        (ag.matmul, np.matmul, "fiu[3,4]", "fiu[4,2]"),
        (ag.matmul, np.matmul, "fiu[2,3,0]", "fiu[0,2]"),
    ],
    "eye": [
        (lambda: ag.eye(3, 4), lambda: np.eye(3, 4, dtype=np.float32)),
        (
            lambda: ag.eye(2, batch_shape=[3], dtype="int32"),
            lambda: np.broadcast_to(np.eye(2, dtype=np.int32), (3, 2, 2)),
        ),
    ],
    "one_hot": [
        (
            lambda i: ag.one_hot(i, 3),
            lambda i: np.eye(4, 3, dtype=np.float32)[np.where((i < 0) | (i > 2), 3, i)],
            np.array([[0, 2], [-1, 5]]),
        ),
        (
            lambda i: ag.one_hot(i, 3, axis=0, on_value=5, off_value=-1, dtype="int64"),
            lambda i: np.where(np.arange(3)[:, None] == i, 5, -1),
            np.array([0, 2]),
        ),
    ],
    "linspace": [
        (lambda: ag.linspace(0.0, 1.0, 5), lambda: np.linspace(0, 1, 5, dtype=np.float32)),
        (lambda: ag.linspace(3.0, 1.0, 1), lambda: np.array([3], np.float32)),
        (lambda a: ag.linspace(a, a + 1, 4), lambda a: np.linspace(a, a + 1, 4), "f[3]"),
    ],
    "meshgrid": [
        (lambda a, b: ag.meshgrid(a, b), lambda a, b: np.meshgrid(a, b), "fi[3]", "fi[2]"),
        (
            lambda a, b: ag.meshgrid(a, b, indexing="ij"),
            lambda a, b: np.meshgrid(a, b, indexing="ij"),
            "fi[3]",
            "fi[2]",
        ),
    ],
    "sequence_mask": [
        (
            lambda n: ag.sequence_mask(n),
            lambda n: np.arange(n.max()) < n[..., None],
            np.array([[1, 3], [0, 2]]),
        ),
        (
            lambda n: ag.sequence_mask(n, 2, "int32"),
            lambda n: (np.arange(2) < n[..., None]).astype(np.int32),
            np.array([1, 3, 0]),
        ),
    ],
    "split": [
        (lambda x: ag.split(x, 2, 1), lambda x: np.split(x, 2, 1), "fiub[3,4]"),
        (lambda x: ag.split(x, [1, -1, 2], 0), lambda x: np.split(x, [1, 4], 0), "fi[6,2]"),
    ],
    "slice": [
        (lambda x: ag.slice(x, [1, 0], [2, -1]), lambda x: x[1:3], "fiub[4,3]"),
        (lambda x: ag.slice(x, [0], [0]), lambda x: x[:0], "f[0]"),
    ],
    "strided_slice": [
        (lambda x: ag.strided_slice(x, [1, 0], [4, 3], [2, 1]), lambda x: x[1:4:2, 0:3], "fi[5,4]"),
        (
            lambda x: ag.strided_slice(
                x, [0, 3, 0], [0, 0, 0], [1, -1, 1], begin_mask=4, end_mask=6, new_axis_mask=1
            ),
            lambda x: x[None, 3::-1, :],
            "fi[5,4]",
        ),
        (
            lambda x: ag.strided_slice(x, [0, 1], [0, 0], ellipsis_mask=1, shrink_axis_mask=2),
            lambda x: x[..., 1],
            "fi[5,4]",
        ),
    ],
    "boolean_mask": [
        (lambda x: ag.boolean_mask(x, [True, False, True]), lambda x: x[[0, 2]], "fiub[3,4]"),
        (
            lambda x: ag.boolean_mask(x, np.eye(3, 4, dtype=bool)),
            lambda x: x[np.eye(3, 4, dtype=bool)],
            "fiub[3,4]",
        ),
        (
            lambda x: ag.boolean_mask(x, [True, False, True, True], 1),
            lambda x: x[:, [0, 2, 3]],
            "fiub[3,4,2]",
        ),
    ],
    "where": [
        (ag.where, np_where, "fiub[3,4]"),
        (ag.where, np_where, "b[0,3]"),
        (ag.where, np_where, "b[]"),
        (ag.where, np_where, "b[4]", "b[3,4]", "b[4]"),
    ],
    "roll": [
        (lambda x: ag.roll(x, 2, 0), lambda x: np.roll(x, 2, 0), "fiub[5,3]"),
        (lambda x: ag.roll(x, [-7, 1], [0, 1]), lambda x: np.roll(x, [-7, 1], [0, 1]), "fi[5,3]"),
        (lambda x: ag.roll(x, 2, 0), lambda x: x, "f[0,3]"),
    ],
    "repeat": [
        (lambda x: ag.repeat(x, 3), lambda x: np.repeat(x, 3), "fiub[2,3]"),
        (lambda x: ag.repeat(x, [2, 0, 1], 1), lambda x: np.repeat(x, [2, 0, 1], 1), "fiub[2,3]"),
        (lambda x: ag.repeat(x, [0, 0, 0], 0), lambda x: np.repeat(x, [0, 0, 0], 0), "fi[3,2]"),
        (lambda x: ag.repeat(x, 0, 0), lambda x: np.repeat(x, 0, 0), "fi[3,2]"),
    ],
    "gather": [
        (
            lambda x: ag.gather(x, [[1, 0], [-1, 1]], axis=1),
            lambda x: np.take(x, [[1, 0], [-1, 1]], 1),
            "fiub[2,3]",
        ),
        (
            lambda x: ag.gather(x, [[1, 0], [-1, 1]], batch_dims=1),
            lambda x: np.take_along_axis(x, np.array([[1, 0], [2, 1]]), 1),
            "fiub[2,3]",
        ),
        (
            lambda x: ag.gather(x, [[1, 0], [2, 1]], batch_dims=1, axis=2),
            lambda x: np.take_along_axis(x, np.array([[1, 0], [2, 1]])[:, None], 2),
            "fi[2,4,3]",
        ),
    ],
    "gather_nd": [
        (lambda x: ag.gather_nd(x, at2), lambda x: x[tuple(at2.T)], "fiub[3,2]"),
        (lambda x: ag.gather_nd(x, at1), lambda x: x[at1[:, 0]], "fiub[3,2]"),
        (lambda x: ag.gather_nd(x, np.zeros((2, 0), int)), lambda x: np.stack([x, x]), "fi[3,2]"),
        (
            lambda x: ag.gather_nd(x, [[1], [0]], batch_dims=1),
            lambda x: x[[0, 1], [1, 0]],
            "fi[2,3]",
        ),
    ],
    "scatter_nd": [
        (
            lambda u: ag.scatter_nd(at1, u, [4]),
            lambda u: np_scatter(np.zeros(4, u.dtype), at1, u, lambda a, b: a + b),
            "fiu[3]",
        )
    ],
    "tensor_scatter_nd_update": [
        (
            lambda x, u: ag.tensor_scatter_nd_update(x, at2, u),
            lambda x, u: np_scatter(x, at2, u, lambda a, b: b),
            "fiub[3,2]",
            "fiub[3]",
        ),
        (
            lambda x, u: ag.tensor_scatter_nd_update(x, at1, u),
            lambda x, u: np_scatter(x, at1, u, lambda a, b: b),
            "fiub[3,2]",
            "fiub[3,2]",
        ),
    ],
    "tensor_scatter_nd_add": [
        (
            lambda x, u: ag.tensor_scatter_nd_add(x, at1, u),
            lambda x, u: np_scatter(x, at1, u, lambda a, b: a + b),
            "fiu[3,2]",
            "fiu[3,2]",
        )
    ],
    "tensor_scatter_nd_sub": [
        (
            lambda x, u: ag.tensor_scatter_nd_sub(x, at1, u),
            lambda x, u: np_scatter(x, at1, u, lambda a, b: a - b),
            "fiu[3,2]",
            "fiu[3,2]",
        )
    ],
    "tensor_scatter_nd_min": [
        (
            lambda x, u: ag.tensor_scatter_nd_min(x, at1, u),
            lambda x, u: np_scatter(x, at1, u, np.minimum),
            "fiu[3,2]",
            "fiu[3,2]",
        )
    ],
    "tensor_scatter_nd_max": [
        (
            lambda x, u: ag.tensor_scatter_nd_max(x, at1, u),
            lambda x, u: np_scatter(x, at1, u, np.maximum),
            "fiu[3,2]",
            "fiu[3,2]",
        )
    ],
    "sort": [
        (lambda x: ag.sort(x), lambda x: np.sort(x), "fiub[3,40]"),
        (lambda x: ag.sort(x, 0, "DESCENDING"), lambda x: np.flip(np.sort(x, 0), 0), "fiu[40,3]"),
        (lambda x: ag.sort(x), lambda x: np.sort(x), np.array([2, np.nan, -np.inf, 0, np.nan, 1])),
    ],
    "argsort": [
        (
            lambda x: ag.argsort(x),
            lambda x: np.argsort(x, kind="stable").astype(np.int32),
            "fiub[3,40]",
        ),
        (
            lambda x: ag.argsort(x, 0),
            lambda x: np.argsort(x, 0, kind="stable").astype(np.int32),
            "fi[40,3]",
        ),
        (
            lambda x: ag.argsort(x, direction="DESCENDING"),
            lambda x: np.argsort(-x.astype(np.float64), kind="stable").astype(np.int32),
            "fi[3,40]",
        ),
        (
            lambda x: ag.argsort(x),
            lambda x: np.argsort(x, kind="stable").astype(np.int32),
            np.array([2, np.nan, -np.inf, 0, np.nan, 1]),
        ),
        (lambda x: ag.argsort(x), lambda x: np.argsort(x).astype(np.int32), "f[2,0]"),
    ],
    "top_k": [
        (
            lambda x: ag.top_k(x, 2),
            lambda x: (
                np.flip(np.sort(x), -1)[..., :2],
                np.argsort(-x.astype(np.float64), kind="stable")[..., :2].astype(np.int32),
            ),
            "fi[3,5]",
        ),
        (
            lambda x: ag.top_k(x, 1),
            lambda x: (np.sort(x)[-1:], np.argmax(x, keepdims=True).astype(np.int32)),
            "fi[7]",
        ),
    ],
    "unique": [
        (ag.unique, lambda x: (np_unique(x)[0], np_unique(x)[1].astype(np.int32)), "fiub[40]"),
        (ag.unique, lambda x: (x, np.zeros(0, np.int32)), "f[0]"),
    ],
    "unique_with_counts": [
        (
            lambda x: ag.unique_with_counts(x, "int64")[2],
            lambda x: np.array([(x == v).sum() for v in np_unique(x)[0]]),
            "fiub[40]",
        )
    ],
    "unsorted_segment_sum": [
        (
            lambda x: ag.unsorted_segment_sum(x, [1, 0, 1], 2),
            lambda x: np.stack([x[1], x[0] + x[2]]),
            "fiu[3,2]",
        )
    ],
    "vectorized_map": [
        (lambda x: ag.vectorized_map(lambda r: r + r[0], x), lambda x: x + x[:, :1], "fi[3,2]")
    ],
    "complex": [
        (ag.abs, np.abs, "c[3,4]"),
        (ag.real, np.real, "cf[3]"),
        (ag.imag, np.imag, "cf[3]"),
        (ag.conj, np.conj, "cf[3]"),
        (ag.angle, np.angle, "cf[5]"),
        (lambda x: ag.complex(x, x + 1), lambda x: x + 1j * (x + 1), "f[3]"),
        (lambda x, y: x + y, np.add, "c[2,3]", "c[3]"),
        (lambda x, y: x * y, np.multiply, "c[2,3]", "c[3]"),
        (lambda x, y: x / (y + 3), lambda x, y: x / (y + 3), "c[4]", "c[4]"),
        (lambda x: x * 2 - 1j, lambda x: x * 2 - 1j, "c[4]"),
        (lambda x: 2j - x, lambda x: 2j - x, "c[4]"),
        (lambda x: -x, np.negative, "c[4]"),
        (lambda x, y: x == y, np.equal, "c[4]", "c[4]"),
        (ag.square, np.square, "c[4]"),
        (ag.sqrt, np.sqrt, "c[4]"),
        (ag.exp, np.exp, "c[4]"),
        (lambda x: ag.log(x + 5), lambda x: np.log(x + 5), "c[4]"),
        (ag.sin, np.sin, "c[4]"),
        (ag.tanh, np.tanh, "c[4]"),
        (lambda x: ag.reduce_sum(x, 1), lambda x: x.sum(1), "c[3,4]"),
        (ag.reduce_sum, np.sum, "c[3,4]"),
        (ag.reduce_mean, np.mean, "c[3,4]"),
        (lambda x: ag.reduce_sum(x), lambda x: x.sum(), "c[0]"),
        (lambda x: ag.cumsum(x), lambda x: np.cumsum(x, 0), "c[5]"),
        (ag.matmul, np.matmul, "c[2,3]", "c[3,2]"),
        (lambda x: ag.cast(x, "float32"), lambda x: x.real.astype(np.float32), "c[3]"),
        (lambda x: ag.cast(x, "complex128"), lambda x: x.astype(np.complex128), "cfiub[3]"),
        (lambda x: ag.transpose(x)[1:], lambda x: x.T[1:], "c[2,3]"),
        (lambda x: ag.concat([x, x], 0)[::-1], lambda x: np.concatenate([x, x])[::-1], "c[3]"),
        (ag.is_finite, np.isfinite, "c[3]"),
        (lambda x: ag.einsum("ij,kj->ik", x, x), lambda x: x @ x.T, "c[2,3]"),
    ],
    "half": [
        *[
            (f, r, "h[3,4]")
            for f, r in [
                (ag.exp, np.exp),
                (lambda x: ag.sqrt(ag.abs(x)), lambda x: np.sqrt(np.abs(x))),
                (ag.tanh, np.tanh),
                (ag.floor, np.floor),
                (ag.sign, np.sign),
                (lambda x: x * 2 + 1, lambda x: x * 2 + 1),
                (lambda x: x / 3, lambda x: x / np.float16(3)),
                (lambda x: x > 0, lambda x: x > 0),
                (lambda x: x // 2, lambda x: x // 2),
                (lambda x: x % 2, lambda x: x % 2),
                (lambda x: ag.reduce_max(x, 1), lambda x: x.max(1)),
                (
                    lambda x: ag.reduce_sum(x, 1),
                    lambda x: x.astype(np.float32).sum(1).astype(np.float16),
                ),
                (ag.reduce_mean, np.mean),
                (ag.sort, np.sort),
                (lambda x: ag.argmax(x, 1), lambda x: x.argmax(1)),
                (
                    lambda x: ag.cumsum(x, 1),
                    lambda x: x.astype(np.float32).cumsum(1).astype(np.float16),
                ),
                (lambda x: ag.matmul(x, ag.transpose(x)), lambda x: x @ x.T),
                (lambda x: ag.cast(x, "int32"), lambda x: x.astype(np.int32)),
                (lambda x: ag.where(x > 0, x, 0), lambda x: np.where(x > 0, x, 0)),
                (lambda x: ag.clip_by_value(x, -1, 1), lambda x: np.clip(x, -1, 1)),
                (lambda x: ag.pad(x, [[1, 1], [0, 0]]), lambda x: np.pad(x, [[1, 1], [0, 0]])),
                (ag.square, np.square),
                (lambda x: ag.is_nan(x), np.isnan),
                (lambda x: ag.cast(x, "bool"), lambda x: x.astype(bool)),
                (lambda x: ag.reduce_std(x), np.std),
            ]
        ]
    ],
    "bitwise": [
        (ag.bitwise.bitwise_and, np.bitwise_and, "iu[5]", "iu[5]"),
        (ag.bitwise.bitwise_xor, np.bitwise_xor, "iu[5]", "iu[5]"),
        (ag.bitwise.invert, np.invert, "iu[5]"),
    ],
}
