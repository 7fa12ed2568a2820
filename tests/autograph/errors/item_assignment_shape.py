import autograph as ag


@ag.function
def fill(x):
    x[0] = ag.constant([1.0, 2.0, 3.0])
    return x


fill(ag.zeros([2, 2]))
