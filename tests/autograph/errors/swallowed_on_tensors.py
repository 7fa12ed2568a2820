import contextlib

import autograph as ag


@contextlib.contextmanager
def quiet():
    try:
        yield
    except ValueError:
        pass


@ag.function
def positive(xs):
    total = 0.0
    with quiet():
        for x in xs:
            if x < 0:
                raise ValueError(x)
            total = total + x
    return total


positive(ag.constant([1.0, 2.0, -3.0, 4.0]))
