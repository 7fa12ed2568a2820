import autograph as ag


@ag.function
def softly(x):
    return ag.soft_plus(x)


softly(ag.constant(1.0))
