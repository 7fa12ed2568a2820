"""Images: Resize, sampling at places of a grid, regions of interest, boxes.

What depends on sizes only (which elements an output element is made of, and their weights) is
computed while tracing.
"""

import math

import numpy as np

from ... import _core, api, arrays, control_flow
from ...autograph import experimental
from ..nodes import known, op
from .conv import pads_of, spatial

# ---- along one axis ----------------------------------------------------------------------------

TRANSFORMS = (
    "half_pixel",
    "half_pixel_symmetric",
    "pytorch_half_pixel",
    "align_corners",
    "asymmetric",
    "tf_crop_and_resize",
    "tf_half_pixel_for_nn",
)
ROUNDINGS = ("round_prefer_floor", "round_prefer_ceil", "floor", "ceil", "simple")


def _origins(transform, n, out, scale, roi):
    """Where each output element lies among the n elements of the input."""
    x = np.arange(out, dtype=np.float64)
    length = scale * n
    if transform == "align_corners":
        return x * 0 if length == 1 else x * (n - 1) / (length - 1)
    if transform == "asymmetric":
        return x / scale
    if transform == "tf_crop_and_resize":
        span = roi[1] - roi[0]
        first = roi[0] * (n - 1)
        if length == 1:
            return x * 0 + first + span * (n - 1) / 2
        return first + x * span * (n - 1) / (length - 1)
    if transform == "pytorch_half_pixel" and length == 1:
        return x * 0 - 0.5
    if transform == "tf_half_pixel_for_nn":
        return (x + 0.5) / scale
    origins = (x + 0.5) / scale - 0.5
    if transform == "half_pixel_symmetric":
        origins = origins + n / 2 * (1 - out / length)
    return origins


def _cubic(x, a):
    x = np.abs(x)
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    far = ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
    return np.where(x <= 1, near, np.where(x < 2, far, 0.0))


def _weights(mode, ratio, scale, rounding, a, antialias):
    """The weights of the elements round a place that lies `ratio` behind one: [places, taps]."""
    ratio = ratio[:, None]
    if mode == "nearest":
        if rounding in ("floor", "simple"):
            left = ratio < 1
        elif rounding == "ceil":
            left = ratio < 0
        else:
            left = ratio <= 0.5 if rounding == "round_prefer_floor" else ratio < 0.5
        return np.concatenate([left, ~left], 1).astype(np.float64)
    reach = 1 if mode == "linear" else 2
    scale = min(scale, 1.0) if antialias else 1.0
    first = math.floor(-reach / scale) + 1
    away = (np.arange(first, 2 - first) - ratio) * scale
    made = np.clip(1 - np.abs(away), 0, 1) if mode == "linear" else _cubic(away, a)
    return made / made.sum(1, keepdims=True) if antialias else made


def _along(x, axis, index, weights):
    """Sums of elements along an axis: index and weights are [out, taps]."""
    total = None
    for k in range(index.shape[1]):
        if not weights[:, k].any():
            continue
        part = api.gather(x, known(index[:, k], "int64"), axis=axis)
        if not (weights[:, k] == 1).all():
            shape = [-1 if i == axis else 1 for i in range(x.shape.rank)]
            factor = weights[:, k].astype(x.dtype.as_numpy_dtype).reshape(shape)
            part = part * known(factor)
        total = part if total is None else total + part
    return total


def _resized(node, x, out, scales, rois):
    """Every axis by itself."""
    mode = node.choice("mode", "nearest", ("nearest", "linear", "cubic"))
    first = node.opset < 11
    transform = (
        "asymmetric"
        if first
        else node.choice("coordinate_transformation_mode", "half_pixel", TRANSFORMS)
    )
    rounding = "floor" if first else node.choice("nearest_mode", "round_prefer_floor", ROUNDINGS)
    dtype = x.dtype
    if mode != "nearest" and not dtype.is_floating:
        x = api.cast(x, "float32")
    for axis, n in enumerate(node.dims(0)):
        scale, m = scales[axis], out[axis]
        if m == n and scale == 1 and transform != "tf_crop_and_resize":
            continue
        origins = _origins(transform, n, m, scale, rois[axis])
        whole = origins == np.floor(origins)
        ratio = np.where(whole, 1.0, origins - np.floor(origins))
        weights = _weights(
            mode,
            ratio,
            scale,
            rounding,
            node.attr("cubic_coeff_a", -0.75),
            node.attr("antialias", 0),
        )
        taps = weights.shape[1]
        index = np.ceil(origins).astype(np.int64)[:, None] - taps // 2 + np.arange(taps)
        if node.attr("exclude_outside", 0):
            weights = np.where((index >= 0) & (index < n), weights, 0.0)
            weights = weights / weights.sum(1, keepdims=True)
        index = np.clip(index, 0, max(n - 1, 0))
        if mode == "nearest":
            x = api.gather(x, known(index[np.arange(m), weights.argmax(1)], "int64"), axis=axis)
        else:
            x = _along(x, axis, index, weights)
        outside = (origins < 0) | (origins > n - 1)
        if transform == "tf_crop_and_resize" and outside.any():
            mask = known(outside.reshape([-1 if i == axis else 1 for i in range(x.shape.rank)]))
            x = api.where(mask, api.cast(node.attr("extrapolation_value", 0.0), x.dtype), x)
    return x if x.dtype == dtype else api.cast(x, dtype)


@op("Resize")
def resize(node, x, *more):
    dims = node.dims(0)
    places = list(range(len(dims)))
    at = {"roi": 1, "scales": 2, "sizes": 3} if node.opset >= 11 else {"scales": 1}
    if node.has("axes"):
        places = [node.axis(a, len(dims)) for a in node.attr("axes")]
    scales, out, rois = [1.0] * len(dims), list(dims), [(0.0, 1.0)] * len(dims)
    if node.attr("coordinate_transformation_mode") == "tf_crop_and_resize" and node.given(1):
        roi = node.array(1, "the region").reshape(-1)
        for i, a in enumerate(places):
            rois[a] = (float(roi[i]), float(roi[i + len(places)]))
    if node.given(at["scales"]) and node.array(at["scales"], "the scales").size:
        for a, s in zip(places, node.array(at["scales"], "the scales").reshape(-1).tolist()):
            if s <= 0:
                raise node.wrong(f"the scale {s} of axis {a} is not positive")
            scales[a], out[a] = s, math.floor(dims[a] * s)
    elif node.opset >= 11 and node.given(3):
        sizes = node.ints(3, "the sizes")
        policy = node.choice(
            "keep_aspect_ratio_policy", "stretch", ("stretch", "not_larger", "not_smaller")
        )
        ratios = [s / dims[a] for a, s in zip(places, sizes)]
        if policy != "stretch":
            ratios = [min(ratios) if policy == "not_larger" else max(ratios)] * len(ratios)
            sizes = [int(math.floor(dims[a] * r + 0.5)) for a, r in zip(places, ratios)]
        for a, s, r in zip(places, sizes, ratios):
            scales[a], out[a] = r, s
    else:
        raise node.wrong("neither scales nor sizes were given")
    return _resized(node, x, out, scales, rois)


@op("Upsample")
def upsample(node, x, scales=None):
    dims = node.dims(0)
    by = node.array(1, "the scales").tolist() if node.opset >= 9 else node.attr("scales")
    out = [math.floor(d * s) for d, s in zip(dims, by)]
    return _resized(node, x, out, by, [(0.0, 1.0)] * len(dims))


# ---- at the places of a grid -------------------------------------------------------------------


def _reflected(x, low, high):
    """x mirrored at the ends of [low, high] until it lies within."""
    span = high - low
    away = api.where(x < low, low - x, api.where(x > high, x - high, api.zeros((), x.dtype)))
    times = api.floor(away / span)
    rest = away - times * span
    even = api.mod(times, 2.0) == 0
    below = api.where(even, low + rest, high - rest)
    above = api.where(even, high - rest, low + rest)
    return api.where(x < low, below, api.where(x > high, above, x))


@op("GridSample")
def grid_sample(node, x, grid):
    modes = {"bilinear": "linear", "bicubic": "cubic"}
    mode = node.choice("mode", "linear", ("linear", "nearest", "cubic", "bilinear", "bicubic"))
    mode = modes.get(mode, mode)
    padding = node.choice("padding_mode", "zeros", ("zeros", "border", "reflection"))
    align = bool(node.attr("align_corners", 0))
    batch, channels, *sizes = node.dims(0)
    _, *out, _ = node.dims(1)
    axes = len(sizes)
    grid = api.reshape(grid, (batch, int(np.prod(out)), axes))
    taps = []  # of each axis: [(index, weight, inside)]
    for i, n in enumerate(sizes):
        g = grid[:, :, axes - 1 - i]
        at = (g + 1) / 2 * (n - 1) if align else ((g + 1) * n - 1) / 2
        low, high = (0.0, n - 1.0) if align else (-0.5, n - 0.5)
        if mode == "nearest":
            at = api.round(at)
        if padding == "border":
            at = api.clip_by_value(at, 0.0, n - 1.0)
        elif padding == "reflection" and high > low:
            at = _reflected(at, low, high)
        base = api.floor(at)
        ratio = at - base
        if mode == "nearest":
            parts = [(at, None)]
        elif mode == "linear":
            parts = [(base, 1 - ratio), (base + 1, ratio)]
        else:
            parts = [(base + k, _cubic_of(api.abs(ratio - k))) for k in (-1, 0, 1, 2)]
        made = []
        for place, weight in parts:
            if padding == "reflection" and high > low:
                place = _reflected(place, low, high)
            inside = api.logical_and(place >= 0, place <= n - 1)
            index = api.cast(api.clip_by_value(place, 0.0, n - 1.0), "int64")
            made.append((index, weight, inside if padding == "zeros" else None))
        taps.append(made)
    rows = api.transpose(api.reshape(x, (batch, channels, int(np.prod(sizes)))), (0, 2, 1))
    total = _sampled(rows, taps, sizes)
    return api.reshape(api.transpose(total, (0, 2, 1)), (batch, channels, *out))


def _cubic_of(x, a=-0.75):
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    far = ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
    return api.where(x <= 1, near, api.where(x < 2, far, api.zeros((), x.dtype)))


def _sampled(rows, taps, sizes):
    """Sums over all combinations of the axes' taps: rows [batch, elements, channels]."""
    combined = [(None, None, None)]
    for n, made in zip(sizes, taps):
        longer = []
        for index, weight, inside in combined:
            for i, w, ok in made:
                longer.append(
                    (
                        i if index is None else index * n + i,
                        w if weight is None else weight if w is None else weight * w,
                        ok
                        if inside is None
                        else inside
                        if ok is None
                        else api.logical_and(inside, ok),
                    )
                )
        combined = longer
    total = None
    for index, weight, inside in combined:
        part = arrays.gather(rows, index, batch_dims=1)
        if inside is not None:
            part = api.where(api.expand_dims(inside, -1), part, api.zeros((), part.dtype))
        if weight is not None:
            part = part * api.cast(api.expand_dims(weight, -1), part.dtype)
        total = part if total is None else total + part
    return total


# ---- regions and boxes -------------------------------------------------------------------------


@op("RoiAlign")
def roi_align(node, x, rois, batches):
    mode = node.choice("mode", "avg", ("avg", "max"))
    high, wide = node.attr("output_height", 1), node.attr("output_width", 1)
    ratio, scale = node.attr("sampling_ratio", 0), node.attr("spatial_scale", 1.0)
    default = "half_pixel" if node.opset >= 16 else "output_half_pixel"
    how = node.choice(
        "coordinate_transformation_mode", default, ("half_pixel", "output_half_pixel")
    )
    if ratio <= 0:
        raise node.unsupported("a sampling_ratio of 0, which differs from region to region")
    _, channels, rows, columns = node.dims(0)
    count = node.dims(1)[0]
    shift = 0.5 if how == "half_pixel" else 0.0
    x1, y1, x2, y2 = (rois[:, i] * scale - shift for i in range(4))
    width, height = x2 - x1, y2 - y1
    if how == "output_half_pixel":
        width, height = api.maximum(width, 1.0), api.maximum(height, 1.0)

    def places(start, size, bins, n):
        """[regions, bins * ratio] as (low, high, weight of high, inside)."""
        step = np.repeat(np.arange(bins), ratio) + np.tile((np.arange(ratio) + 0.5) / ratio, bins)
        at = start[:, None] + size[:, None] * known((step / bins).astype(np.float32)[None])
        inside = api.logical_and(at >= -1.0, at <= float(n))
        at = api.clip_by_value(at, 0.0, n - 1.0)
        low = api.floor(at)
        above = api.minimum(low + 1, n - 1.0)
        return api.cast(low, "int64"), api.cast(above, "int64"), at - low, inside

    y_low, y_high, fy, y_in = places(y1, height, high, rows)
    x_low, x_high, fx, x_in = places(x1, width, wide, columns)
    image = api.gather(x, batches, axis=0)
    flat = api.transpose(api.reshape(image, (count, channels, rows * columns)), (0, 2, 1))
    shape = (count, high * ratio * wide * ratio)
    parts = []
    for ys, wy in ((y_low, 1 - fy), (y_high, fy)):
        for xs, wx in ((x_low, 1 - fx), (x_high, fx)):
            index = api.reshape(ys[:, :, None] * columns + xs[:, None, :], shape)
            weight = api.reshape(wy[:, :, None] * wx[:, None, :], shape)
            inside = api.reshape(api.logical_and(y_in[:, :, None], x_in[:, None, :]), shape)
            weight = api.where(inside, weight, api.zeros((), weight.dtype))
            parts.append(arrays.gather(flat, index, batch_dims=1) * weight[:, :, None])
    if mode == "avg":
        samples = parts[0] + parts[1] + parts[2] + parts[3]
    else:  # the largest of the weighted elements, as the definition has it
        samples = api.maximum(api.maximum(parts[0], parts[1]), api.maximum(parts[2], parts[3]))
    samples = api.reshape(samples, (count, high, ratio, wide, ratio, channels))
    reduce = api.reduce_mean if mode == "avg" else api.reduce_max
    return api.transpose(reduce(samples, [2, 4]), (0, 3, 1, 2))


@op("NonMaxSuppression")
def non_max_suppression(node, boxes, scores, most=None, iou=None, least=None):
    batch, classes, n = node.dims(1)
    limit = int(node.number(2, "max_output_boxes_per_class")) if node.given(2) else 0
    threshold = float(node.number(3, "iou_threshold")) if node.given(3) else 0.0
    floor = float(node.number(4, "score_threshold")) if node.given(4) else None
    a, b, c, d = (boxes[:, :, i] for i in range(4))
    if node.attr("center_point_box", 0):
        a, b, c, d = b - d / 2, a - c / 2, b + d / 2, a + c / 2
    y1, y2 = api.minimum(a, c), api.maximum(a, c)
    x1, x2 = api.minimum(b, d), api.maximum(b, d)
    picked = []
    for i in range(batch):
        area = (y2[i] - y1[i]) * (x2[i] - x1[i])
        high = api.minimum(y2[i][:, None], y2[i]) - api.maximum(y1[i][:, None], y1[i])
        wide = api.minimum(x2[i][:, None], x2[i]) - api.maximum(x1[i][:, None], x1[i])
        inner = api.maximum(high, 0.0) * api.maximum(wide, 0.0)
        union = area[:, None] + area - inner
        share = api.where(
            union > 0, inner / api.where(union > 0, union, 1.0), api.zeros((), inner.dtype)
        )
        close = share > threshold
        for k in range(classes):
            order = _core.op("ARGSORT", [scores[i, k]], {"descending": 1, "dtype": "int64"})
            allowed = (
                api.fill((n,), True) if floor is None else api.gather(scores[i, k], order) > floor
            )
            near = api.gather(api.gather(close, order), order, axis=1)
            kept = _suppressed(near, allowed, n, limit)
            rows = api.gather(order, api.reshape(arrays.where(kept), (-1,)))
            first = api.stack([rows * 0 + i, rows * 0 + k, rows], axis=1)
            picked.append(first)
    return picked[0] if len(picked) == 1 else api.concat(picked, 0)


def _suppressed(near, allowed, n, limit):
    """Which of n boxes, the best first, stay: near no better one that stays; at most `limit`."""

    @experimental.do_not_convert
    def test(i, kept, count):
        return api.logical_and(i < n, count < limit)

    @experimental.do_not_convert
    def step(i, kept, count):
        hit = api.reduce_any(api.logical_and(near[i], kept))
        stays = api.logical_and(allowed[i], api.logical_not(hit))
        kept = _core.op("SET_ELEMENT", [kept, stays, i])
        return i + 1, kept, count + api.cast(stays, "int64")

    zero = api.cast(api.reduce_sum(api.cast(allowed, "int64")) * 0, "int64")
    return control_flow.while_loop(test, step, (zero, api.fill((n,), False), zero))[1]


@op("DeformConv")
def deform_conv(node, x, w, offset, bias=None, mask=None):
    """A convolution whose every tap is moved by an offset, with elements in between
    interpolated."""
    kernel = node.known_dims(w, 1)[2:]
    if len(kernel) != 2:
        raise node.unsupported("a convolution over other than two axes")
    strides, dilations = spatial(node, x.shape.rank, kernel)
    batch, channels, *sizes = node.dims(0)
    pads = pads_of(node, sizes, kernel, strides, dilations)
    groups, moved = node.attr("group", 1), node.attr("offset_group", 1)
    out, taps = node.dims(2)[2:], kernel[0] * kernel[1]
    offset = api.reshape(offset, (batch * moved, taps, 2, *out))
    places = []
    for i in range(2):
        start = np.arange(out[i]) * strides[i] - pads[i][0]
        start = start.reshape((1, 1, -1, 1) if i == 0 else (1, 1, 1, -1))
        tap = np.arange(taps) // kernel[1] if i == 0 else np.arange(taps) % kernel[1]
        fixed = (start + tap.reshape(1, -1, 1, 1) * dilations[i]).astype(np.float32)
        at = offset[:, :, i] + api.cast(known(fixed), x.dtype)
        places.append(api.reshape(at, (batch * moved, -1)))
    rows = api.reshape(x, (batch * moved, channels // moved, sizes[0] * sizes[1]))
    parts = []
    for at, n in zip(places, sizes):
        base = api.floor(at)
        made = []
        for k in (0, 1):
            place = base + float(k)
            inside = api.logical_and(place >= 0, place <= n - 1.0)
            index = api.cast(api.clip_by_value(place, 0.0, n - 1.0), "int64")
            made.append((index, at - base if k else 1 - (at - base), inside))
        parts.append(made)
    seen = _sampled(
        api.transpose(rows, (0, 2, 1)), parts, sizes
    )  # [batch * moved, places, channels]
    seen = api.reshape(
        api.transpose(seen, (0, 2, 1)), (batch, moved, channels // moved, taps, *out)
    )
    if mask is not None:
        seen = seen * api.reshape(mask, (batch, moved, 1, taps, *out))
    made = node.known_dims(w, 1)[0]
    columns = api.reshape(seen, (batch, groups, channels // groups * taps, out[0] * out[1]))
    filters = api.reshape(w, (groups, made // groups, channels // groups * taps))
    y = api.reshape(api.matmul(filters, columns), (batch, made, *out))
    return y if bias is None else y + api.reshape(bias, (-1, 1, 1))
