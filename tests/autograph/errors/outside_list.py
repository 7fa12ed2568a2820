import autograph as tf


seen = []


@tf.function
def f(x):
    if x > 0:
        seen.append(x)
    return x


f(tf.constant(2))
