import autograph as tf


@tf.function
def f(x, n):
    for _ in tf.range(n):
        x = tf.concat([x, x], 0)
        tf.autograph.experimental.set_loop_options(maximum_iterations=3)
    return x


f(tf.constant([1.0]), tf.constant(4))
