"""tf.random: numbers from counters (Philox 4x32-10), so the same for any number of threads.

stateless_*: the seed, two integers, decides everything. Generator: a key and the number of the next
draw, kept in a variable.
The functions without a prefix draw from a global generator, or with `seed` from a generator of that
seed.
"""

import math
import operator
import os
import threading

from . import _core, api, arrays, bitwise, reductions

__all__ = [
    "Generator",
    "categorical",
    "create_rng_state",
    "get_global_generator",
    "normal",
    "set_global_generator",
    "set_seed",
    "shuffle",
    "stateless_categorical",
    "stateless_normal",
    "stateless_shuffle",
    "stateless_truncated_normal",
    "stateless_uniform",
    "truncated_normal",
    "uniform",
]

Tensor = _core.Tensor
_FLOATS = {"float16": 11, "bfloat16": 8, "float32": 24}  # bits that a float of [0, 1) can hold
_ANOTHER = -7046029254386353131  # a key apart: 0x9E3779B97F4A7C15


# ---- from a seed -----------------------------------------------------------------------------------


def _bits(shape, seed, dtype):
    seed = api.cast(api._strong(seed), "int64")
    return _core.op("RANDOM_BITS", [seed, api._shape_vector(shape)], {"dtype": dtype})


def _unit(shape, seed, dtype):
    """Floats of [0, 1), each multiple of the smallest step equally likely."""
    if dtype == "float64":
        bits = bitwise.right_shift(_bits(shape, seed, "uint64"), 11)
        return api.cast(bits, dtype) * 2.0**-53
    width = _FLOATS[dtype]
    bits = bitwise.right_shift(_bits(shape, seed, "uint32"), 32 - width)
    return api.cast(api.cast(bits, "float32") * 2.0**-width, dtype)


def _dtype_name(dtype):
    name = _core.as_dtype(dtype).name
    if name not in ("float64", *_FLOATS):
        raise TypeError(f"random numbers of {name}: give a floating dtype")
    return name


def _philox(alg):
    """Refuses other algorithms: Philox makes all numbers."""
    if alg not in (None, "philox", "auto_select", 1, 3):
        raise ValueError(f"random: alg is 'philox' or 'auto_select', not {alg!r}")


def _end(value, kind):
    """An end of a range of integers."""
    if "int" in getattr(getattr(value, "dtype", None), "name", ""):
        return api.cast(value, kind)
    return api.cast_number(value, kind)


def stateless_uniform(
    shape, seed, minval=0, maxval=None, dtype="float32", name=None, alg="auto_select"
):
    """Numbers of [minval, maxval), uniformly; maxval is 1 for floats and must be given for
    integers.

    seed: two integers. With minval and maxval None, integers of all bits."""
    _philox(alg)
    kind = _core.as_dtype(dtype)
    if not kind.is_integer:
        name = _dtype_name(kind)
        low, high = (
            minval or 0 if not isinstance(minval, Tensor) else minval,
            1 if maxval is None else maxval,
        )
        x = _unit(shape, seed, name)
        if (
            isinstance(low, (int, float))
            and isinstance(high, (int, float))
            and (low, high) == (0, 1)
        ):
            return x
        low, high = api.cast(low, name), api.cast(high, name)
        return x * (high - low) + low
    if maxval is None and minval is None:
        return api.cast(_bits(shape, seed, "uint64"), kind)
    if maxval is None:
        raise ValueError(f"random numbers of {kind.name} need maxval")
    low, high = _end(minval, kind), _end(maxval, kind)
    text = f"random numbers of {kind.name}: minval must be less than maxval, not \1 and \1"
    _core.op("ASSERT", [api.reduce_all(low < high), low, high], {"text": text})
    span = api.cast(high, "uint64") - api.cast(low, "uint64")
    if kind.size <= 4:  # the high half of a product: no division
        part = bitwise.right_shift(api.cast(_bits(shape, seed, "uint32"), "uint64") * span, 32)
    else:
        part = _bits(shape, seed, "uint64") % span
    return low + api.cast(part, kind)


def stateless_normal(
    shape, seed, mean=0.0, stddev=1.0, dtype="float32", name=None, alg="auto_select"
):
    """Numbers of the normal distribution, by the transform of Box and Muller (1958). seed: two
    integers."""
    _philox(alg)
    name = _dtype_name(dtype)
    if name == "float64":
        seed = api.cast(api._strong(seed), "int64")
        radius, angle = (
            _unit(shape, seed, name),
            _unit(shape, seed + api.constant([_ANOTHER, 0], "int64"), name),
        )
        radius = 1.0 - radius
    else:
        bits = _bits(shape, seed, "uint64")
        radius = api.cast(bitwise.right_shift(bits, 40) + 1, "float32") * 2.0**-24
        angle = (
            api.cast(bitwise.right_shift(bitwise.left_shift(bits, 24), 40), "float32") * 2.0**-24
        )
    z = api.sqrt(api.log(radius) * -2.0) * api.cos(angle * (2 * math.pi))
    z = api.cast(z, name)
    return z * api.cast(stddev, name) + api.cast(mean, name)


def stateless_truncated_normal(
    shape, seed, mean=0.0, stddev=1.0, dtype="float32", name=None, alg="auto_select"
):
    """Numbers of the normal distribution within two standard deviations of the mean. seed: two
    integers."""
    _philox(alg)
    name = _dtype_name(dtype)
    wide = "float64" if name == "float64" else "float32"
    most = math.erf(2 / math.sqrt(2))
    u = _unit(shape, seed, wide) * (2 * most) - most
    z = api.clip_by_value(reductions.erfinv(u) * math.sqrt(2), -2.0, 2.0)
    return api.cast(z, name) * api.cast(stddev, name) + api.cast(mean, name)


def stateless_shuffle(value, seed, name=None):
    """The rows of `value` in an order that the seed decides."""
    x = api._strong(value)
    if x.shape.rank == 0:
        return x
    n = api.shape(x, "int64")[:1]
    return api.gather(x, arrays.argsort(_bits(n, seed, "uint64")))


def stateless_categorical(logits, num_samples, seed, dtype="int64", name=None):
    """Draws of classes: [batch, num_samples] from unnormalized log-probabilities [batch, classes].

    The place of the largest of logits + Gumbel noise (Maddison, Tarlow, Minka, A* Sampling,
    2014)."""
    x = api._strong(logits)
    if x.shape.rank != 2:
        raise ValueError(f"categorical: logits have the shape {x.shape}, not [batch, classes]")
    rows, classes = api.unstack(api.shape(x, "int64"))
    shape = api.stack([rows, api.cast(num_samples, "int64"), classes])
    u = (api.cast(bitwise.right_shift(_bits(shape, seed, "uint32"), 9), "float32") + 0.5) * 2.0**-23
    noise = -api.log(-api.log(u))
    return api.argmax(api.cast(x, "float32")[:, None, :] + noise, 2, dtype)


# ---- from a generator ------------------------------------------------------------------------------


def create_rng_state(seed, alg=None):
    """The state of a new generator: a key and the number of its next draw."""
    _philox(alg)
    key = operator.index(seed) & (2**64 - 1)
    return api.constant([key - 2**64 if key >= 2**63 else key, 0], "int64")


_drawing = threading.RLock()


def _another_lock():
    """In a child: a thread that drew when the parent forked holds the lock for ever."""
    global _drawing
    _drawing = threading.RLock()


os.register_at_fork(after_in_child=_another_lock)


class Generator:
    """A source of random numbers whose state is a variable: two integers, a key and the number of
    the next draw.

    >>> import autograph as tf
    >>> g = tf.random.Generator.from_seed(1)
    >>> bool(tf.reduce_all(g.uniform([3]) == tf.random.Generator.from_seed(1).uniform([3])))
    True
    """

    def __init__(self, copy_from=None, state=None, alg=None):
        _philox(alg)
        state = copy_from.state.numpy() if copy_from is not None else state
        if tuple(_core.convert(state).shape) != (2,):
            raise ValueError(
                f"Generator: a state is two integers, a key and the number of the next draw, not {state!r}"
            )
        with _outside():
            self._state = _core.Variable(
                api.constant(state, "int64"), trainable=False, name="rng_state"
            )

    @classmethod
    def from_seed(cls, seed, alg=None):
        """The generator of an integer."""
        return cls(state=create_rng_state(seed, alg))

    @classmethod
    def from_state(cls, state, alg=None):
        """A generator that goes on from the state of another."""
        return cls(state=state, alg=alg)

    @classmethod
    def from_non_deterministic_state(cls, alg=None):
        """A generator that no one else has."""
        return cls.from_seed(int.from_bytes(os.urandom(8), "little"), alg)

    @property
    def state(self):
        """The variable."""
        return self._state

    @property
    def algorithm(self):
        """TensorFlow's number of Philox."""
        return 1

    @property
    def key(self):
        """What the numbers are made from, beside their count."""
        return self._state.value()[0]

    def reset_from_seed(self, seed):
        """Starts as from_seed(seed) does."""
        self._state.assign(create_rng_state(seed))

    def reset(self, state):
        """Goes on from a state."""
        self._state.assign(api.cast(state, "int64"))

    def skip(self, delta):
        """Leaves out `delta` draws."""
        self._state.assign_add(api.stack([api.constant(0, "int64"), api.cast(delta, "int64")]))

    def _next(self):
        """The seed of the next draw; no two threads that draw at once get the same one."""
        return self._state.fetch_add(api.constant([0, 1], "int64"))

    def make_seeds(self, count=1):
        """[2, count] integers: seeds for the stateless functions, one a column."""
        return api.cast(_bits([2, count], self._next(), "uint64"), "int64")

    def split(self, count=1):
        """A list of generators that are independent of each other and of this one."""
        keys = api.cast(_bits([count], self._next(), "uint64"), "int64").tolist()
        return [Generator.from_seed(k) for k in keys]

    def uniform(self, shape, minval=0, maxval=None, dtype="float32", name=None):
        """As stateless_uniform."""
        return stateless_uniform(shape, self._next(), minval, maxval, dtype)

    def uniform_full_int(self, shape, dtype="uint64", name=None):
        """Integers of which every value is equally likely."""
        return stateless_uniform(shape, self._next(), None, None, dtype)

    def normal(self, shape, mean=0.0, stddev=1.0, dtype="float32", name=None):
        """As stateless_normal."""
        return stateless_normal(shape, self._next(), mean, stddev, dtype)

    def truncated_normal(self, shape, mean=0.0, stddev=1.0, dtype="float32", name=None):
        """As stateless_truncated_normal."""
        return stateless_truncated_normal(shape, self._next(), mean, stddev, dtype)


class _outside:
    """No trace goes on in this context: what is made outlives it, and the trace does not make
    it."""

    def __enter__(self):
        _core.enter(None)

    def __exit__(self, *exc):
        _core.leave()
        return False


_global_seed = None
_generators = {}  # by seed; None: the global one


def set_seed(seed):
    """Starts the global generator, and those of the `seed` arguments, from this integer. None: from
    chance."""
    global _global_seed
    _global_seed = seed
    for own, generator in _generators.items():
        generator.reset_from_seed(_first_seed(own))


def _first_seed(own):
    if own is None and _global_seed is None:
        return int.from_bytes(os.urandom(8), "little")
    return (own or 0) * 0x9E3779B97F4A7C15 + (0 if _global_seed is None else _global_seed)


def _generator(own):
    if own not in _generators:
        with _drawing:
            if own not in _generators:
                _generators[own] = Generator.from_seed(_first_seed(own))
    return _generators[own]


def get_global_generator():
    """The generator behind the functions without a prefix."""
    return _generator(None)


def set_global_generator(generator):
    """Makes `generator` the global one. Functions traced before keep the one that they were traced
    with."""
    _generators[None] = generator


def uniform(shape, minval=0, maxval=None, dtype="float32", seed=None, name=None):
    """Numbers of [minval, maxval), uniformly; maxval is 1 for floats and must be given for
    integers."""
    return _generator(seed).uniform(shape, minval, maxval, dtype)


def normal(shape, mean=0.0, stddev=1.0, dtype="float32", seed=None, name=None):
    """Numbers of the normal distribution."""
    return _generator(seed).normal(shape, mean, stddev, dtype)


def truncated_normal(shape, mean=0.0, stddev=1.0, dtype="float32", seed=None, name=None):
    """Numbers of the normal distribution within two standard deviations of the mean."""
    return _generator(seed).truncated_normal(shape, mean, stddev, dtype)


def shuffle(value, seed=None, name=None):
    """The rows of `value` in a random order."""
    return stateless_shuffle(value, _generator(seed)._next())


def categorical(logits, num_samples, dtype="int64", seed=None, name=None):
    """Draws of classes: [batch, num_samples] from unnormalized log-probabilities [batch,
    classes]."""
    return stateless_categorical(logits, num_samples, _generator(seed)._next(), dtype)
