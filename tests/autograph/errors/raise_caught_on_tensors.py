import autograph as ag


@ag.function
def checked(x):
    try:
        if x < 0:
            raise ValueError("negative")
        y = ag.sqrt(x)
    except ValueError:
        y = x
    return y


checked(ag.constant(-1.0))
