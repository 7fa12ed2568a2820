import autograph as tf


@tf.function
def f(x):
    return x


f(1, scale=2)
