import numpy as np

import autograph as tf


@tf.function
def f(x):
    x[0] = 5.0
    return x


f(np.zeros(3))
