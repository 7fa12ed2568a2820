import autograph as tf


@tf.function
def f(n):
    for i in range(n):
        if i == 3:
            raise ValueError(f"no more after {i}")
    return n


f(5)
