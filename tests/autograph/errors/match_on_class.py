import autograph as ag


@ag.function
def kind(x):
    match x:
        case [a, b]:
            return a + b
        case {"a": a}:
            return a
        case 0:
            return "zero"
        case _:
            return x


kind(ag.constant([1, 2, 3]))
