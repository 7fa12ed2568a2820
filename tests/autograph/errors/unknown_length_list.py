import autograph as tf


@tf.function
def f(n):
    out = []
    for i in range(n):
        out.append(i)
    return [x * 2 for x in out]


f(tf.constant(3))
