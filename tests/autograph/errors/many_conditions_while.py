import autograph as tf


@tf.function
def f(x):
    while x < 10:
        x = x * 2
    return x


f(tf.constant([1, 2]))
