import autograph as tf


@tf.function
def f(n):
    for i in range(n):
        last = i
    return last


f(0)
