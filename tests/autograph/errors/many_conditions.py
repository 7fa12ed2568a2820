import autograph as tf


@tf.function
def f(x):
    if x > 0:
        return 1
    return 0


f(tf.constant([1, -2, 3]))
