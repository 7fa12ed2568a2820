"""Bubble sort in place: items of a list, or of a tensor, which is a value and comes back sorted."""


def bubble_sort(x):
    n = len(x)
    for i in range(n - 1):
        swapped = False
        for j in range(n - 1 - i):
            if x[j] > x[j + 1]:
                x[j], x[j + 1] = x[j + 1], x[j]
                swapped = True
        if not swapped:
            break
    return x


if __name__ == "__main__":
    import autograph as ag

    numbers = ag.constant([5, 3, 9, 1, 7, 2, 8, 4, 6, 0])
    print(ag.function(bubble_sort)(numbers))
