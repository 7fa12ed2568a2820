import autograph as ag


@ag.function
def double(x):
    return x + x


doubled = double.get_concrete_function(ag.TensorSpec([None], ag.float32))
doubled(ag.constant([1, 2]))
