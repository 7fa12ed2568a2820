import autograph as tf


@tf.function
def f(i):
    squares = [0, 1, 4, 9]
    return squares[i]


f(7)
