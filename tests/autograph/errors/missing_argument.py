import autograph as tf


@tf.function
def f(x, y):
    return x + y


f(1)
