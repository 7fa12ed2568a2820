import autograph as tf


@tf.function
def f(x, y):
    return x * y


f(tf.constant(1), tf.constant(2.5))
