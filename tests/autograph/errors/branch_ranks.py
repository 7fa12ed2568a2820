import autograph as tf


@tf.function
def f(x):
    if x > 0:
        y = tf.constant([1, 2])
    else:
        y = tf.constant(1)
    return y


f(tf.constant(3))
