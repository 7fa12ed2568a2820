import autograph as tf


@tf.function
def f(x):
    if x > 0:
        y = [x, x]
    else:
        y = ([x], x)
    return y


f(tf.constant(3))
