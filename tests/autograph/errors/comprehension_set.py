import autograph as ag


@ag.function
def signs(x):
    return sorted({v > 0 for v in x})


signs(ag.constant([1, -2, 3]))
