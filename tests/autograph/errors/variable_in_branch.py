import autograph as ag


@ag.function
def start(x):
    if x > 0:
        v = ag.Variable(1.0)
        return v + x
    return x


start(ag.constant(2.0))
