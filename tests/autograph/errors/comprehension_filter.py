import autograph as ag


@ag.function
def positives(x):
    return ag.stack([v for v in x if v > 0])


positives(ag.constant([1, -2, 3]))
