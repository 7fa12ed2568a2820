import autograph as tf


@tf.function
def f(n):
    out = []
    for i in range(n):
        out.append(tf.ones([2]))
        out.append(i)
    return tf.stack(out)


f(tf.constant(3))
