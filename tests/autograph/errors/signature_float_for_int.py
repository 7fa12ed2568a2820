import autograph as tf


@tf.function(input_signature=[tf.TensorSpec([], tf.int32)])
def f(n):
    return n + 1


f(2.5)
