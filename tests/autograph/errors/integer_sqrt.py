import autograph as ag


@ag.function
def norm(counts):
    return ag.sqrt(ag.reduce_sum(counts * counts))


norm(ag.constant([3, 4]))
