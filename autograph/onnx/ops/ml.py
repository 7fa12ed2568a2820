"""Features and texts as numbers."""

import numpy as np

from ... import api, arrays
from ..nodes import known, op

ML = "ai.onnx.ml"


@op("ArrayFeatureExtractor", domain=ML)
def array_feature_extractor(node, x, places):
    rows = x if x.shape.rank > 1 else api.expand_dims(x, 0)
    return api.gather(rows, api.reshape(places, (-1,)), axis=rows.shape.rank - 1)


@op("Binarizer", domain=ML)
def binarizer(node, x):
    return api.cast(x > api.cast(node.attr("threshold", 0.0), x.dtype), x.dtype)


@op("TreeEnsemble", domain=ML)
def tree_ensemble(node, x):
    """Each row goes down all trees at once: as many steps as the deepest has levels."""
    from onnx import numpy_helper

    member = "nodes_splits nodes_modes leaf_weights"
    splits, modes, weights = (numpy_helper.to_array(node.attr(n)) for n in member.split())
    roots, targets = node.attr("tree_roots"), node.attr("n_targets")
    feature, low, low_leaf = (
        np.array(node.attr(f"nodes_{n}")) for n in ("featureids", "truenodeids", "trueleafs")
    )
    high, high_leaf = (np.array(node.attr(f"nodes_{n}")) for n in ("falsenodeids", "falseleafs"))
    if set(modes.tolist()) - {0, 1, 2, 3, 4, 5}:
        raise node.unsupported("tests of membership are not supported")
    if node.has("nodes_missing_value_tracks_true"):
        raise node.unsupported("missing values are not supported")
    n = len(feature)
    # Leaf k is node n + k, which goes to itself.
    go_low = np.concatenate([np.where(low_leaf, low + n, low), n + np.arange(len(weights))])
    go_high = np.concatenate([np.where(high_leaf, high + n, high), n + np.arange(len(weights))])
    pad = np.zeros(len(weights), np.int64)
    feature, modes = np.concatenate([feature, pad]), np.concatenate([modes, pad])
    splits = np.concatenate([splits, pad]).astype(x.dtype.as_numpy_dtype)
    tables = [known(v, None) for v in (feature, modes.astype(np.int64), splits, go_low, go_high)]
    rows = node.dims(0)[0]
    ways = (api.less_equal, api.less, api.greater_equal, api.greater, api.equal, api.not_equal)
    here = known(np.tile(np.array(roots, np.int64), (rows, 1)))
    for _ in range(_levels(go_low, go_high, roots, n)):
        f, mode, split, below, above = (api.gather(t, here) for t in tables)
        value = arrays.gather(x, f, batch_dims=1)
        taken = [api.logical_and(mode == i, way(value, split)) for i, way in enumerate(ways)]
        hit = taken[0]
        for t in taken[1:]:
            hit = api.logical_or(hit, t)
        here = api.where(hit, below, above)
    leaf = here - n
    value = api.gather(known(weights.astype(x.dtype.as_numpy_dtype)), leaf)
    target = api.gather(known(np.array(node.attr("leaf_targetids"), np.int64)), leaf)
    spread = arrays.one_hot(target, targets, dtype=x.dtype) * api.expand_dims(value, -1)
    how = node.attr("aggregate_function", 1)
    if how == 1:
        made = api.reduce_sum(spread, [1])
    elif how == 0:
        made = api.reduce_sum(spread, [1]) / len(roots)
    else:
        raise node.unsupported(f"aggregate_function {how} is not supported")
    after = node.attr("post_transform", 0)
    if after:
        raise node.unsupported(f"post_transform {after} is not supported")
    return made


def _levels(low, high, roots, n):
    """The steps from a root to the farthest leaf."""
    level, seen, depth = set(roots), set(), 0
    while any(k < n for k in level):
        if level <= seen and depth > n:
            raise ValueError("a tree has a cycle")
        seen |= level
        level = {int(k) for i in level if i < n for k in (low[i], high[i])}
        depth += 1
        if depth > n + 1:
            raise ValueError("a tree has a cycle")
    return depth


@op("TfIdfVectorizer")
def tfidf_vectorizer(node, x):
    """How often each word group of the pool stands in a row."""
    mode = node.choice("mode", None, ("TF", "IDF", "TFIDF"))
    if not node.has("pool_int64s"):
        raise node.unsupported("pools of texts are not supported")
    pool, counts, places = (
        node.attr("pool_int64s"),
        node.attr("ngram_counts"),
        node.attr("ngram_indexes"),
    )
    least, most, skips = (
        node.attr(f"{n}") for n in ("min_gram_length", "max_gram_length", "max_skip_count")
    )
    weights = node.attr("weights")
    rows = x if x.shape.rank == 2 else api.reshape(x, (1, -1))
    n = node.known_dims(rows)[1]
    rows = api.cast(rows, "int64")
    outputs, group = {}, 0
    for size in range(1, len(counts) + 1):
        end = counts[size] if size < len(counts) else len(pool)
        for start in range(counts[size - 1], end, size):
            if least <= size <= most:
                outputs[places[group]] = _matches(rows, pool[start : start + size], n, skips), group
            group += 1
    width = max(places) + 1
    columns = []
    zero = api.reduce_sum(rows * 0, [1])
    for i in range(width):
        found, group = outputs.get(i, (zero, 0))
        found = api.cast(found, "float32")
        if mode != "TF":
            weight = weights[group] if weights else 1.0
            if mode == "IDF":
                found = api.cast(found > 0, "float32")
            found = found * weight
        columns.append(found)
    made = api.stack(columns, axis=1)
    return made if x.shape.rank == 2 else api.reshape(made, (-1,))


def _matches(rows, words, n, skips):
    """How often the words stand in a row, with 0 to `skips` others between each two."""
    total = api.reduce_sum(rows * 0, [1])
    for gap in range(1, (skips + 1 if len(words) > 1 else 1) + 1):
        span = gap * (len(words) - 1) + 1
        if span > n:
            break
        hit = None
        for k, word in enumerate(words):
            here = rows[:, k * gap : k * gap + n - span + 1] == word
            hit = here if hit is None else api.logical_and(hit, here)
        total = total + api.reduce_sum(api.cast(hit, "int64"), [1])
    return total
