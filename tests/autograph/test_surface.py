"""The names of the first priority are there, but for those that a later room brings."""

import inspect
import pathlib

import pytest

import autograph as ag

NAMES = """
function constant convert_to_tensor Tensor Variable TensorSpec TensorShape is_tensor cast identity shape rank size
executing_eagerly print stop_gradient no_op group device name_scope control_dependencies init_scope Module
errors.InvalidArgumentError errors.OutOfRangeError errors.FailedPreconditionError debugging.Assert debugging.check_numerics
debugging.assert_equal debugging.assert_none_equal debugging.assert_less debugging.assert_less_equal debugging.assert_greater
debugging.assert_greater_equal debugging.assert_positive debugging.assert_negative debugging.assert_non_negative
debugging.assert_non_positive debugging.assert_near debugging.assert_rank debugging.assert_rank_at_least
debugging.assert_rank_in debugging.assert_shapes debugging.assert_type debugging.assert_integer debugging.assert_same_float_dtype
debugging.assert_all_finite debugging.assert_proper_iterable debugging.assert_scalar debugging.is_numeric_tensor
config.run_functions_eagerly config.functions_run_eagerly config.list_physical_devices
autograph.to_code autograph.to_graph autograph.trace autograph.set_verbosity autograph.experimental.Feature
autograph.experimental.do_not_convert autograph.experimental.set_loop_options
nest.flatten nest.map_structure nest.pack_sequence_as nest.assert_same_structure nest.is_nested
GradientTape UnconnectedGradients custom_gradient gradients
float16 float32 float64 bfloat16 int8 int16 int32 int64 uint8 uint16 uint32 uint64 bool string complex64 complex128 variant
resource as_dtype
cond while_loop case switch_case map_fn scan foldl foldr range vectorized_map TensorArray
add subtract multiply divide truediv floordiv mod pow square sqrt rsqrt exp log log1p sin cos tan tanh asin acos atan atan2
sigmoid abs sign negative maximum minimum floor ceil round equal not_equal less less_equal greater greater_equal logical_and
logical_or logical_not logical_xor reduce_sum reduce_mean reduce_max reduce_min reduce_prod reduce_all reduce_any reduce_std
reduce_variance reduce_logsumexp argmax argmin cumsum cumprod add_n matmul tensordot einsum clip_by_value clip_by_norm is_nan
is_finite
reshape transpose expand_dims squeeze concat stack unstack split gather gather_nd scatter_nd tensor_scatter_nd_update
tensor_scatter_nd_add where tile pad slice strided_slice reverse zeros ones fill eye zeros_like ones_like one_hot linspace
meshgrid broadcast_to boolean_mask repeat roll sequence_mask sort argsort top_k unique
random.uniform random.normal random.truncated_normal random.shuffle random.categorical random.set_seed random.Generator
random.stateless_uniform random.stateless_normal
strings.join strings.split strings.length strings.substr strings.lower strings.upper strings.strip strings.regex_replace
strings.to_number strings.as_string strings.format py_function numpy_function
""".split()

LATER = {  # gradients and data have their own rooms
    "GradientTape",
    "UnconnectedGradients",
    "custom_gradient",
    "gradients",
}


def find(name):
    here = ag
    for part in name.split("."):
        here = getattr(here, part, None)
    return here


@pytest.mark.parametrize("name", NAMES)
def test_the_name_is_there(name):
    found = find(name)
    if name in LATER:
        assert found is None, f"{name} has come: take it off the list of those that are missing"
        return
    assert found is not None
    if inspect.isfunction(found):
        assert found.__doc__, f"{name} has no docstring"


def test_public_names_have_docstrings():
    for name in ag.__all__:
        found = getattr(ag, name)
        if inspect.isfunction(found):
            assert found.__doc__, name


ARGUMENTS = pathlib.Path(__file__).with_name("tensorflow_arguments.txt").read_text()


@pytest.mark.parametrize("line", [line for line in ARGUMENTS.splitlines() if not line.startswith("#")])
def test_arguments_have_tensorflows_names_and_order(line):
    name, _, words = line.partition(": ")
    found = find(name) or find(f"math.{name}")
    assert list(inspect.signature(found).parameters)[: len(words.split())] == words.split()
