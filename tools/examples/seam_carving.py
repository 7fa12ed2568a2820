"""Seam carving (Avidan and Shamir, 2007): a picture gets narrower where there is least to see."""

import numpy as np


def carve(photo, seams):
    """The photo, f64 [height, width, 3], less `seams` paths down it that show least."""
    height, width, _ = photo.shape
    image = photo.copy()
    cost = np.zeros((height, width))  # of the cheapest path from the top to each pixel
    for _ in range(seams):
        for y in range(height):
            above, below = max(y - 1, 0), min(y + 1, height - 1)
            for x in range(width):
                left, right = max(x - 1, 0), min(x + 1, width - 1)
                energy = 0.0
                for c in range(3):
                    energy += abs(image[y, right, c] - image[y, left, c])
                    energy += abs(image[below, x, c] - image[above, x, c])
                if y > 0:
                    energy += min(cost[above, left], cost[above, x], cost[above, right])
                cost[y, x] = energy
        x = cost[height - 1, :width].argmin()
        for y in range(height - 1, -1, -1):
            if y < height - 1:
                best = max(x - 1, 0)
                for k in range(best + 1, min(x + 2, width)):
                    if cost[y, k] < cost[y, best]:
                        best = k
                x = best
            for k in range(x, width - 1):
                image[y, k] = image[y, k + 1]
        width -= 1
    return image[:, :width]


def noise(rng, height, width, coarse):
    """Smooth random numbers from 0 to 1: grids of `coarse` pixels a cell, half that, ...."""
    total, weight = np.zeros((height, width)), 1.0
    while coarse >= 2:
        grid = rng.random((height // coarse + 2, width // coarse + 2))
        y, x = np.mgrid[:height, :width] / coarse
        i, j = y.astype(int), x.astype(int)
        v, u = (f * f * (3 - 2 * f) for f in (y - i, x - j))
        top = grid[i, j] * (1 - u) + grid[i, j + 1] * u
        bottom = grid[i + 1, j] * (1 - u) + grid[i + 1, j + 1] * u
        total += weight * (top * (1 - v) + bottom * v)
        coarse, weight = coarse // 2, weight / 2
    return (total - total.min()) / (total.max() - total.min())


def landscape(height, width, seed=4):
    """A made photo, f64 [height, width, 3] of whole numbers to 255: hills, a lake, a balloon."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width] / height
    clouds = np.clip(noise(rng, height, width, height // 2) * 2.2 - 1.1, 0, 1)[..., None]
    deep, pale, white = np.array([[70, 130, 205], [190, 215, 235], [250, 250, 252]])
    image = deep + (pale - deep) * np.clip(y / 0.6, 0, 1)[..., None]
    image = image + (white - image) * clouds * 0.8

    def paint(where, colour, rough=0.0):
        grain = 1 + rough * (noise(rng, height, width, 8) - 0.5)
        image[where] = (np.array(colour) * grain[..., None])[where]

    ranges = (0.46, 0.10, (120, 140, 170), 0.1), (0.56, 0.08, (80, 115, 95), 0.4)
    for level, high, colour, rough in ranges:
        ridge = noise(rng, 2, width, max(width // 3, 2))[0]
        paint(y > level - high * ridge, colour, rough)
    shore = 0.66 + 0.015 * noise(rng, 2, width, width // 4)[0]
    paint(y > shore, (90, 140, 175), 0.12)
    paint(y > shore + 0.14 + 0.05 * np.sin(3 * x), (95, 130, 60), 0.7)
    for at, size in (0.24, 0.15), (0.35, 0.11), (width / height - 0.2, 0.17):
        foot = 0.87
        paint((abs(x - at) < size / 14) & (y > foot - size) & (y < foot), (75, 55, 40), 0.6)
        for dx, dy, r in (0, -1.4, 0.55), (-0.4, -1.1, 0.4), (0.4, -1.15, 0.42), (0, -0.9, 0.4):
            crown = np.hypot(x - at - dx * size, y - foot - dy * size) < r * size
            paint(crown & (rng.random((height, width)) < 0.93), (45, 100, 45), 1.0)
    at, high, r = 0.62 * width / height, 0.25, 0.1
    balloon = (x - at) ** 2 + (y - high) ** 2 < r * r
    paint(balloon, (205, 60, 50), 0.15)
    stripe = np.abs(np.arcsin(np.clip((x - at) / r, -1, 1))) % 0.6 < 0.3
    paint(balloon & stripe, (245, 205, 90), 0.15)
    paint((abs(x - at) < 0.018) & (abs(y - high - 0.15) < 0.018), (110, 75, 45), 0.4)
    ropes = abs(abs(x - at) - 0.018 - (high + 0.13 - y) * 0.8) < 0.003
    paint(ropes & (y > high + 0.09) & (y < high + 0.132), (60, 45, 35))
    return np.clip(image + rng.normal(0, 2, image.shape), 0, 255).round()


def rows(image):
    """The rows of the image for png.write."""
    return np.asarray(image).astype(np.uint8)


if __name__ == "__main__":
    import png

    import autograph as ag

    photo = landscape(300, 480)
    png.write("photo.png", rows(photo))
    png.write("carved.png", rows(ag.function(carve)(photo, 160)))
    print("photo.png carved.png")
