import autograph as tf


@tf.function
def f(x, i):
    return x[i]


f(tf.constant([1, 2, 3]), 5)
