import autograph as ag


@ag.function
def zeros(n):
    return ag.zeros([n, 2])


zeros(ag.constant(3.5))
