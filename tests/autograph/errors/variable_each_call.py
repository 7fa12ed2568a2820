import autograph as tf


@tf.function
def f(x):
    v = tf.Variable(1.0)
    return v.assign_add(x)


f(tf.constant(2.0))
