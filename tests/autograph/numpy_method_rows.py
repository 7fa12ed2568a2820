"""Rows for numpy_rows.py: methods, operators and statements on NumPy's arrays."""

METHOD_ROWS = """
x[np.ix_([0, 2], [1, 3])]
m[np.triu_indices(4)]
m[np.triu_indices_from(m)]
m[np.diag_indices_from(m)]
x[:, np.newaxis]
! y = np.zeros(6); np.add.at(y, k, 1.0); return y
! y = np.zeros(6); np.subtract.at(y, k, 1.0); return y
! y = np.zeros(6); np.maximum.at(y, k, s[:7]); return y
! y = np.ones(6); np.multiply.at(y, k, s[:7]); return y
x.all()
b.any(axis=0)
x.argmax()
x.argmin(axis=1)
v.argsort()
x.astype(np.float32)
x.astype(int)
x.astype('int32')
x.astype(bool)
i.astype(float)
i.astype(np.uint8)
x.clip(-1, 1)
x.clip(min=0)
x.clip(0)
k.choose([k, k, k, k, k, k])
v.compress([True, False, True, False, True])
z.conj()
x.copy()
x.cumprod(axis=0)
x.cumsum()
x.cumsum(axis=1)
m.diagonal()
x.dot(y.T)
v.dot(w)
x.flatten()
x.flatten('F')
x.ravel('F')
x.reshape((4, 3), order='F')
x.reshape(-1)
x.reshape(2, -1)
x.reshape(2, 6)
v.item(0)
v[0].item()
x.item(1, 2)
q.item()
x.itemsize
x.nbytes
x.ndim
x.size
x.T
x.mT
x.dtype.name
x.dtype == np.float64
x.flat[3]
sum(x.flat)
z.real
z.imag
x.real
x.imag
x.max()
x.max(axis=0, keepdims=True)
x.max(initial=9.0)
x.mean()
x.mean(0)
x.min(axis=-1)
i.nonzero()
x.prod()
x.repeat(2, axis=1)
x.round(1)
x.round()
o.searchsorted(v)
! y = v.copy(); y.sort(); return y
! y = x.copy(); y.sort(axis=0); return y
! y = v.copy(); y.fill(3); return y
! y = v.copy(); y[y > 0] = 0; return y
! y = v.copy(); y[[0, 2]] = 9; return y
! y = v.copy(); y[1:3] += 1; return y
! y = np.zeros(5); y[:] = v; return y
! y = np.empty_like(v); y[...] = v; return y
! y = v * 2; y[0] = 5; return y
! y = v * 2; y += 1; return y
! y = v * 2; y *= w; return y
! y = v.copy(); y.partition(2); return y[2]
! y = v.copy(); np.put(y, [0, 1], 5.0); return y
! y = v.copy(); np.putmask(y, y > 0, 0.0); return y
! y = v.copy(); np.copyto(y, w); return y
! y = m.copy(); np.fill_diagonal(y, 0); return y
! y = x.copy(); np.put_along_axis(y, np.argsort(x, 1)[:, :1], 0.0, 1); return y
! y = v.copy(); np.add(y, 1, out=y); return y
! y = np.empty_like(v); np.multiply(v, 2, out=y); return y
! y = np.zeros(5); np.sqrt(w, y); return y
! y = v.copy(); np.clip(y, 0, 1, out=y); return y
! y = np.random.default_rng(0); return y.random(3).shape
! a, b2 = v[0], v[1]; return a if a > b2 else b2
! return [t * 2 for t in v]
! return list(range(k[0]))
! return np.zeros(k[0])
! return np.zeros((k[0], 2))
! return v.reshape(-1, 1) * w
! return f"{v}"
! return str(v[0])
! return f"{v[0]:.3f}"
! return repr(v)
! return str(v)
! print(v, v * 2); return 0
! return v.sum().item()
! return float(v.sum()), int(k.sum()), bool(b.any())
! return v.std(ddof=1), v.var()
x.squeeze()
x.std()
x.sum()
x.sum(axis=1)
x.sum(-1, keepdims=True)
x.swapaxes(0, 1)
v.take([0, 1])
m.trace()
x.transpose()
c.transpose(2, 0, 1)
x.var()
x.view()
v.__len__()
x @ y.T
x[0]
x[:, 1]
x[1:, ::2]
x[x > 0]
x[[0, 2]]
x[[0, 1], [1, 2]]
x[..., 0]
x[-1, -1]
v[::-1]
v[k % 5]
v[v.argsort()]
x[x.sum(axis=1) > 0]
x[:, x.sum(axis=0) > 0]
x[np.arange(3), [0, 1, 2]]
(x > 0).sum()
(x > 0).mean()
(x > 0).astype(float)
~b
-x
abs(x)
round(v[0], 2)
divmod(v, 2)
divmod(7, w)
v ** 2
2 ** v
v // 1
v % 1
pow(v, 2)
k / 2
k // 2
k * 2.5
u * 2
u + 1
u - u
h + 1000
t / 2
t * 0.5
f * 2.5
f / 2
f * 2
f ** 2
f + np.float32(1)
k * np.pi
b & (x > 0)
b | True
b ^ b
b.sum() * 2
i % 3
i & 1
i << 1
1 << k
-k
u.sum()
u.mean()
u.max() + 1
h.sum() * 2
f.sum()
f.mean()
f.std()
z * 2
z + 1j
z.sum()
min(v), max(v), sum(v)
len(x), len(v)
sorted(v)
list(v)
list(zip(v, w))
[a + b2 for a, b2 in zip(v, w)]
int(v[0]), float(k[0])
[idx for idx in np.ndindex(2, 2)] and v
x.sum(axis=1, dtype=np.float32)
x.max(axis=1, initial=0.5)
x.ravel(order='F')
i.real, i.imag
v.argmax(), v.argmax(keepdims=True)
v.nbytes, v.itemsize, v.size, v.ndim
! y = x.copy(); y.put([0, 5], [1.0, 2.0]); return y
! y = x.copy(); y.sort(axis=None) if False else y.sort(); return y, x
! y = v.copy(); z = y; z.sort(); return y
! y = np.zeros((3, 2)); np.add.at(y, d % 3, 1.0); return y
! y = np.zeros((3, 4)); np.add.at(y, (d % 3, d % 4), s[:7]); return y
! y = np.zeros(4, dtype=int); np.add.at(y, -1, 2); return y, k
! y = v.copy(); r = np.cumsum(w, out=y); return y, r
! y = np.zeros(3); np.sum(x, axis=1, out=y); return y
! y = np.zeros(4); x.mean(axis=0, out=y); return y
! y = v.copy(); np.copyto(y, 1.0, where=y > 0); return y
! y = np.zeros(7, dtype=int); y[k > 2] = k[k > 2]; return y
b + 1
b * 2.5
b + b
b * b
b / 2
b / b
b * x
x - b
1 - b
b & True
b.sum() + b
k[b[0, 0] * 1]
(x > 0) * x
(k > 2) + (k < 1)
u / 2, u * 0.5, u / u, u + 1, u // 3, u % 7, u ** 2, -u
h / 2, h * 1.5, h + 1, h - 1.5, h // 2, h ** 2
t / 3, t * 0.5, t + 1, t / t
f / 3, f * 2, f + 1.5, f // 0.5, f ** 2, f ** 0.5
x.dtype.kind, x.dtype.itemsize, k.dtype.char
! return isinstance(v, np.ndarray), isinstance(v[0], float), isinstance(k[0], np.integer), isinstance(k.sum(), (int, np.integer))
! return isinstance(v * 2, np.ndarray), isinstance(np.zeros(3), np.ndarray), isinstance(q, np.ndarray), isinstance(v > 0, list)
! return type(v) is np.ndarray, type(v[0]) is np.float64, type(np.ones(2)) is np.ndarray, np.isscalar(v[0]), np.isscalar(v)
! return [1, 2, 3, 4, 5, 6][k[0]]
! return v.tolist(), i.tolist(), (v * 2).tolist()[0], k.sum().tolist()
! y = v.copy(); np.place(y, y > 0, [9.0, 7.0]); return y
""".strip().splitlines()
