import autograph as tf


@tf.function
def f(n):
    stack = [1]
    for i in range(n):
        stack.pop()
    return len(stack)


f(3)
