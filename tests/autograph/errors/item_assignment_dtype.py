import autograph as ag


@ag.function
def fill(x, v):
    for i in range(3):
        x[i] = v
    return x


fill(ag.constant([1, 2, 3]), ag.constant(0.5))
