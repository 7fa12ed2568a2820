import autograph as tf


def positive(values):
    for v in values:
        if v > 0:
            yield v


@tf.function
def total(x):
    return sum(positive(x))


total(tf.constant([1.0, -2.0]))
