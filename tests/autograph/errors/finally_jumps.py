import autograph as ag


@ag.function
def until_negative(xs):
    total = 0.0
    for x in xs:
        try:
            total = total + x
        finally:
            if x < 0:
                break
    return total


until_negative(ag.constant([1.0, 2.0, -3.0, 4.0]))
