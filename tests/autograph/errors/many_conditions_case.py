import autograph as tf


@tf.function
def f(x):
    match x:
        case 0:
            return "none"
        case _:
            return "some"


f(tf.constant([1, 0]))
