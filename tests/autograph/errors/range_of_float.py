import autograph as tf


@tf.function
def f(n):
    total = 0
    for i in range(n):
        total += i
    return total


f(tf.constant(2.5))
