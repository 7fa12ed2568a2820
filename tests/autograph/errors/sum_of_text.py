import autograph as ag


@ag.function
def label(x):
    return "value: " + x


label(ag.constant(1.0))
