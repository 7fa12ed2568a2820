import autograph as tf


seen = []


@tf.function
def f(x):
    if x > 0:
        seen.append(x * 2)
    return seen[0] + 1


f(tf.constant(2))
