import autograph as ag


@ag.function
def after_the_largest(x):
    values = iter([x[0], x[1], x[2]])
    for value in values:
        if value > 1:
            break
    return next(values)


after_the_largest(ag.constant([1.0, 2.0, 3.0]))
