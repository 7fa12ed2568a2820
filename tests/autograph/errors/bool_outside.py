import autograph as tf


@tf.autograph.experimental.do_not_convert
def check(x):
    return x > 0 and x < 10


@tf.function
def f(x):
    if check(x):
        return 1
    return 0


f(tf.constant(3))
