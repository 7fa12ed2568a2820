import autograph as tf


@tf.function
def f(x, name):
    return x + name


f(tf.constant(1), "one")
