import autograph as tf


@tf.function
class F:
    pass
