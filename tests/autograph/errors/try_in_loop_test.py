import autograph as ag


@ag.function
def steps(a, b):
    n = 0
    try:
        while a // b > n:
            n += 1
            b -= 1
    except ZeroDivisionError:
        n = -1
    return n


steps(ag.constant(6), ag.constant(3))
