import autograph as tf


@tf.function
def f(x, y):
    return tf.concat([x, y], axis=0)


f(tf.ones([2, 3]), tf.ones([2, 4]))
