import autograph as ag


@ag.function
def top(x):
    return x.maximum()


top(ag.constant([1, 2]))
