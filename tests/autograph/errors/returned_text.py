import autograph as tf


@tf.function
def f(x):
    return f"x is {x}"


f(3)
