import autograph as ag


@ag.function
def settings(x):
    if x > 0:
        out = {"low": x}
    else:
        out = {"high": x}
    return out


settings(ag.constant(1))
