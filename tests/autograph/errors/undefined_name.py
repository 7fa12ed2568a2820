import autograph as tf


@tf.function
def f(x):
    return x + ofset


f(1)
