import autograph as tf


@tf.function
def f(total, count):
    mean = total / count
    return mean


f(10, 0)
