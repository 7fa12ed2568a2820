"""The Mandelbrot set: escape counts of a grid of points, and a PNG file of them."""

import png


def escape(x, y, limit):
    """Iterations of z*z + c from 0 until |z| > 2, at most limit, for c = x + iy."""
    a = b = 0.0
    for k in range(limit):
        if a * a + b * b > 4.0:
            return k
        a, b = a * a - b * b + x, 2.0 * a * b + y
    return limit


def mandelbrot(image, width, height, limit):
    """Fills image, width * height items in rows from the top, with escape counts; returns it."""
    scale = 3.0 / width
    for row in range(height):
        y = (height / 2 - row) * scale
        for column in range(width):
            x = column * scale - 2.25
            image[row * width + column] = escape(x, y, limit)
    return image


def palette(limit):
    """A colour, three bytes, for every count; black inside the set."""
    stops = [(0, 7, 60), (32, 107, 203), (237, 255, 255), (255, 170, 0), (80, 10, 0), (0, 7, 60)]
    colours = []
    for count in range(limit):
        place = (count / 12) % (len(stops) - 1)
        at, part = int(place), place % 1
        pairs = zip(stops[at], stops[at + 1], strict=True)
        colours.append(bytes(round(low + (high - low) * part) for low, high in pairs))
    return [*colours, b"\0\0\0"]


def write_png(path, counts, width, height, limit):
    """Writes counts (ints from 0 to limit, in rows from the top) as a picture."""
    colours = palette(limit)
    rows = (counts[row * width : (row + 1) * width] for row in range(height))
    png.write(path, [b"".join(colours[count] for count in row) for row in rows])


if __name__ == "__main__":
    import autograph as ag

    WIDTH, HEIGHT, LIMIT = 900, 600, 300
    blank = ag.constant([0] * (WIDTH * HEIGHT), ag.int64)
    image = ag.function(mandelbrot)(blank, WIDTH, HEIGHT, LIMIT)
    write_png("mandelbrot.png", image.tolist(), WIDTH, HEIGHT, LIMIT)
    print("mandelbrot.png")
