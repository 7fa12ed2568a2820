import autograph as ag


@ag.function
def grow(n):
    x = ag.zeros([1])
    for i in range(n):
        x = ag.expand_dims(x, 0)
    return x


grow(ag.constant(3))
