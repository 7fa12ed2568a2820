import autograph as ag


@ag.function
def clip(x, low):
    return ag.where(x > 0, x, low)


clip(ag.constant([1.5, -2.5]), ag.constant([0, 0]))
