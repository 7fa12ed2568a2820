import numpy as np

import autograph as tf


@tf.function
def f(sizes):
    s = 0
    for i in range(sizes):
        s += i
    return s


f(np.array([1, 2]))
