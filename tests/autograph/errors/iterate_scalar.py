import autograph as tf


@tf.function
def f(x):
    total = 0
    for item in x:
        total += item
    return total


f(tf.constant(3))
