import autograph as tf


@tf.function
def f(n):
    state = (0, 1)
    for i in range(n):
        state = (i, *state)
    return state


f(tf.constant(4))
