import autograph as tf


@tf.function
def f(x):
    if x > 0:
        y = x * 2
    return y + 1


f(-3)
