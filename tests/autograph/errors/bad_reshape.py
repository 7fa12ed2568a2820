import autograph as tf


@tf.function
def f(x):
    return tf.reshape(x, [4, 2])


f(tf.ones([2, 3]))
