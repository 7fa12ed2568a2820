import autograph as tf


@tf.function
def f(a, b):
    return a % b


f(10, 0)
