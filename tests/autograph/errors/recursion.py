import autograph as tf


@tf.function
def f(n):
    return n + f(n - 1)


f(5)
