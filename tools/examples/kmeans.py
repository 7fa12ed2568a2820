"""k-means (Lloyd, 1957) on the UCI optical digits; digits.md says where they come from."""

from pathlib import Path

import numpy as np


def kmeans(points, start, limit):
    """Centres of the points, from start on: (centres, the nearest of each point, rounds).

    points  f64 [point, feature]
    start   f64 [cluster, feature]
    limit   most rounds; fewer when no point changes its centre any more
    """
    n, width = points.shape
    centres = start.copy()
    nearest = np.full(n, -1)
    rounds = 0
    while rounds < limit:
        rounds += 1
        moved = 0
        for i in range(n):
            best, least = 0, np.inf
            for c in range(len(centres)):
                distance = 0.0
                for j in range(width):
                    gap = points[i, j] - centres[c, j]
                    distance += gap * gap
                if distance < least:
                    best, least = c, distance
            if nearest[i] != best:
                nearest[i] = best
                moved += 1
        if moved == 0:
            break
        sums = np.zeros_like(centres)
        counts = np.zeros(len(centres))
        for i in range(n):
            sums[nearest[i]] += points[i]
            counts[nearest[i]] += 1
        for c in range(len(centres)):
            if counts[c] > 0:  # an empty cluster stays where it is
                centres[c] = sums[c] / counts[c]
    return centres, nearest, rounds


def digits():
    """The 1,797 digits: (pixels f64 [1797, 64] from 0 to 16, what each shows i64 [1797])."""
    table = np.loadtxt(Path(__file__).with_name("digits.csv.gz"), delimiter=",")
    return table[:, :64].copy(), table[:, 64].astype(np.int64)


def purity(nearest, labels):
    """The part of the points whose label is the most frequent of their cluster."""
    return sum(np.bincount(labels[nearest == c]).max() for c in set(nearest.tolist())) / len(labels)


if __name__ == "__main__":
    import autograph as ag

    pixels, labels = digits()
    centres, nearest, rounds = ag.function(kmeans)(pixels, pixels[:10], 100)
    print(f"{rounds} rounds, purity {purity(np.array(nearest), labels):.3f}")
