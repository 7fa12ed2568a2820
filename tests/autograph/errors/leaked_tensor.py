import autograph as tf


leaked = []


@tf.function
def f(x):
    leaked.append(x * 2)
    return x


f(tf.constant(1.0))
print(leaked[0] + 1)
