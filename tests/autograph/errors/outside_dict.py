import autograph as tf


seen = {}


@tf.function
def f(x):
    if x > 0:
        seen["x"] = x
    return x


f(tf.constant(2))
