import autograph as tf


@tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
def f(x):
    return x + 1


f(tf.constant([1, 2]))
