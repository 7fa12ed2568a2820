import autograph as tf


@tf.function
def f(n, step):
    total = 0
    for i in range(0, n, step):
        total += i
    return total


f(4, 0)
