import autograph as tf


@tf.function
def f(n):
    product = 1
    for i in range(1, n + 1):
        product *= i
    return product


f(25)
