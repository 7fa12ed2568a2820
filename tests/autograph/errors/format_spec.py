import autograph as ag


@ag.function
def show(x):
    print(f"{x:.2q}")
    return x


show(ag.constant(1.0))
