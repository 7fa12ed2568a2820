import autograph as tf


@tf.function
def f(n):
    total = tf.constant(0)
    for i in range(n):
        total = tf.cast(total, tf.float32) + 0.5
    return total


f(tf.constant(4))
