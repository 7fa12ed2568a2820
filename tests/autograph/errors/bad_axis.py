import autograph as tf


@tf.function
def f(x):
    return tf.reduce_sum(x, axis=2)


f(tf.ones([2, 3]))
