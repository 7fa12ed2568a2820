import autograph as tf


@tf.function
def f(n):
    found = None
    for i in range(n):
        if i * i == 10:
            found = (i, n)
    a, b = found
    return a + b


f(5)
