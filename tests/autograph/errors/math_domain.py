import math

import autograph as tf


@tf.function
def f(x):
    return math.sqrt(x)


f(-2.0)
