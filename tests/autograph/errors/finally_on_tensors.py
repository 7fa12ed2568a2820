import autograph as ag


@ag.function
def logged(a, b):
    try:
        c = a // b
    finally:
        print("done with", b)
    return c


logged(ag.constant(6), ag.constant(0))
