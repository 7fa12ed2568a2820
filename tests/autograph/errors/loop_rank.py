import autograph as tf


@tf.function
def f(n):
    x = tf.constant([1.0, 2.0])
    for i in range(n):
        x = tf.stack([x, x])
    return x


f(tf.constant(4))
