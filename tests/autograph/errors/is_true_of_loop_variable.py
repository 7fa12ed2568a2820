import autograph as ag


@ag.function
def count(x):
    first, n = True, 0
    while x > 0:
        if first is True:
            n += 10
        first = x > 2
        x = x - 1
    return n


count(ag.constant(3.0))
