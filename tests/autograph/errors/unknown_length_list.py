import autograph as tf


@tf.function
def f(n):
    out = []
    for i in range(n):
        out.append(i)
    return tuple(out)


f(tf.constant(3))
