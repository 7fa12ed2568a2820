import autograph as tf


@tf.function
def f(x):
    assert x > 0, f"x must be positive, not {x}"
    return x


f(-3)
