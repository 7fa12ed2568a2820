import autograph as tf


leaked = []


@tf.autograph.experimental.do_not_convert
def keep(x):
    leaked.append(x)


@tf.function
def f(x):
    keep(x * 2)
    return x


f(tf.constant(1.0))
print(leaked[0] + 1)
