"""The GPU devices of the provider in onnxruntime, on two emulated GPUs: memory, copies, streams and errors."""

import gc
import pathlib
import subprocess
import sys
import threading

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper

from emulated_gpus import NAME, open_session
from paged_models import feeds, model, two_nodes

pytest_plugins = ["gpu_fixtures"]

NVIDIA = 0x10DE
FLOAT16 = TensorProto.FLOAT16
SHAPE = {"heads": 8, "kv_heads": 2, "head_size": 64}


def ordinal(device):
    return int(device.ep_metadata["cuda_device_id"])


def on_gpu(array, device):
    return onnxruntime.OrtValue.ortvalue_from_numpy(array, "gpu", ordinal(device), NVIDIA)


def empty_on_gpu(shape, device):
    make = onnxruntime.OrtValue.ortvalue_from_shape_and_type
    return make(shape, np.float16, "gpu", ordinal(device), NVIDIA)


def copies_of(x):
    return {name: array.copy() for name, array in x.items()}


def bind(session, values, output):
    """Binds inputs, the output, and the caches as inputs and outputs."""
    binding = session.io_binding()
    for name, value in values.items():
        binding.bind_ortvalue_input(name, value)
    binding.bind_ortvalue_output("output", output)
    binding.bind_ortvalue_output("key_cache_out", values["key_cache"])
    binding.bind_ortvalue_output("value_cache_out", values["value_cache"])
    return binding


def assert_close(actual, wanted):
    np.testing.assert_allclose(actual.astype(np.float32), wanted.astype(np.float32), atol=2e-3)


def spent(driver, before):
    """What was done on the GPUs since `before`."""
    return dict(driver.counts() - before)


def between_products():
    """A node between products, which run on the processor."""
    paged = onnx.load_from_string(model(FLOAT16, cache_outputs=False))
    weight = onnx.numpy_helper.from_array(np.eye(64, dtype=np.float16)[::-1].copy(), "weight")
    paged.graph.initializer.append(weight)
    paged.graph.node[0].input[0] = "turned"
    paged.graph.node.insert(0, helper.make_node("MatMul", ["query", "weight"], ["turned"]))
    paged.graph.node.append(helper.make_node("MatMul", ["output", "weight"], ["product"]))
    del paged.graph.output[:]
    paged.graph.output.append(helper.make_tensor_value_info("product", FLOAT16, None))
    return paged.SerializeToString()


def test_the_processor_comes_first_and_nothing_is_taken_of_gpus(devices, driver):
    kinds = onnxruntime.OrtHardwareDeviceType
    assert [device.device.type for device in devices] == [kinds.CPU, kinds.GPU, kinds.GPU]
    for number, device in enumerate(devices[1:]):
        assert device.device.vendor_id == NVIDIA
        assert ordinal(device) == number
        assert device.ep_metadata["name"] == "Emulated GPU"
        assert device.ep_metadata["architecture"] == "sm_90"
        memory = device.memory_info(onnxruntime.OrtDeviceMemoryType.DEFAULT)
        assert (memory.device_id, memory.device_vendor_id) == (number, NVIDIA)
    assert driver.open_handles == 0


@pytest.mark.skipif(
    onnxruntime.__version__.startswith("1.24."), reason="sessions name plugin providers since 1.25"
)
def test_the_name_alone_means_the_processor(devices, driver):
    before = driver.counts()
    session = onnxruntime.InferenceSession(model(FLOAT16), providers=[NAME], enable_fallback=0)
    x = feeds(FLOAT16)
    on_processor = open_session(model(FLOAT16), devices[0])
    for a, b in zip(session.run(None, copies_of(x)), on_processor.run(None, copies_of(x))):
        assert a.tobytes() == b.tobytes()
    assert spent(driver, before) == {}


@pytest.mark.parametrize("number", [1, 2])
def test_steps_over_caches_on_the_gpu_allocate_and_copy_nothing(devices, driver, number):
    device = devices[number]
    x = feeds(FLOAT16, **SHAPE, rotary=True, past=(5, 20, 0), new=(1, 1, 1))
    paged = model(FLOAT16, **SHAPE, rotary=True)
    reference = open_session(paged, devices[0])
    session = open_session(paged, device)
    values = {name: on_gpu(array, device) for name, array in x.items()}
    output = empty_on_gpu(x["query"].shape, device)
    binding = bind(session, values, output)
    random = np.random.default_rng(2)
    for step in range(6):
        for name in ("query", "key", "value"):
            x[name] = random.standard_normal(x[name].shape).astype(np.float16)
            values[name].update_inplace(x[name])
        values["past_seqlens"].update_inplace(x["past_seqlens"])
        before = driver.counts()
        session.run_with_iobinding(binding)
        used = spent(driver, before)
        if step > 0:
            assert used == {"launches": 2}
        wanted, x["key_cache"], x["value_cache"] = reference.run(None, copies_of(x))
        assert_close(output.numpy(), wanted)
        x["past_seqlens"] = x["past_seqlens"] + 1
    for name in ("key_cache", "value_cache"):
        assert_close(values[name].numpy(), x[name])
    assert binding.get_outputs()[1].data_ptr() == values["key_cache"].data_ptr()
    assert values["key_cache"].device_name() == "cuda"


def test_runs_with_tensors_of_the_host_allocate_nothing_after_the_first(gpu, devices, driver):
    paged = between_products()
    x = feeds(FLOAT16)
    (wanted,) = open_session(paged, devices[0]).run(None, copies_of(x))
    session = open_session(paged, gpu)
    for step in range(5):
        before = driver.counts()
        (output,) = session.run(None, copies_of(x))
        used = spent(driver, before)
        assert_close(output, wanted)
    # Three caches and two copies in the graph, and no copy on the device.
    assert used == {"launches": 2, "to device": 8, "from device": 1}


def test_constants_are_copied_once(gpu, devices, driver):
    x = feeds(FLOAT16, rotary=True)
    paged = onnx.load_from_string(model(FLOAT16, rotary=True, cache_outputs=False))
    for name in ("cos_cache", "sin_cache"):
        paged.graph.initializer.append(onnx.numpy_helper.from_array(x.pop(name), name))
        paged.graph.input.remove(next(i for i in paged.graph.input if i.name == name))
    paged = paged.SerializeToString()
    (wanted,) = open_session(paged, devices[0]).run(None, copies_of(x))
    session = open_session(paged, gpu)
    before = driver.counts()
    assert_close(session.run(None, copies_of(x))[0], wanted)
    assert spent(driver, before)["to device"] == len(x)


def test_nodes_in_a_row_share_the_callers_cache(gpu, devices, driver):
    x = feeds(FLOAT16)
    on_processor = copies_of(x)
    (wanted,) = open_session(two_nodes(FLOAT16), devices[0]).run(None, on_processor)
    session = open_session(two_nodes(FLOAT16), gpu)
    values = {name: on_gpu(array, gpu) for name, array in x.items()}
    binding = session.io_binding()
    for name, value in values.items():
        binding.bind_ortvalue_input(name, value)
    binding.bind_output("output")
    before = driver.counts()
    session.run_with_iobinding(binding)
    used = spent(driver, before)
    assert used["launches"] == 4
    assert "on device" not in used
    assert_close(binding.get_outputs()[0].numpy(), wanted)
    assert_close(values["key_cache"].numpy(), on_processor["key_cache"])


def test_a_cache_output_elsewhere_is_a_copy_on_the_gpu(gpu, devices, driver):
    x = feeds(FLOAT16)
    wanted = open_session(model(FLOAT16), devices[0]).run(None, copies_of(x))
    session = open_session(model(FLOAT16), gpu)
    before = driver.counts()
    outputs = session.run(None, x)
    assert spent(driver, before)["on device"] == 2
    for actual, expected in zip(outputs, wanted):
        assert_close(actual, expected)


def test_two_gpus_serve_at_the_same_time(devices):
    x = feeds(FLOAT16)
    wanted = open_session(model(FLOAT16), devices[0]).run(None, copies_of(x))[0]
    sessions = [open_session(model(FLOAT16), device) for device in devices[1:]]
    run_in_threads(sessions, x, wanted)


def test_two_threads_may_run_one_session(gpu, devices):
    x = feeds(FLOAT16)
    wanted = open_session(model(FLOAT16), devices[0]).run(None, copies_of(x))[0]
    run_in_threads([open_session(model(FLOAT16), gpu)] * 2, x, wanted)


def run_in_threads(sessions, x, wanted):
    failures = []

    def work(session):
        for _ in range(20):
            if not np.allclose(session.run(None, copies_of(x))[0], wanted, atol=2e-3):
                failures.append(session)

    threads = [threading.Thread(target=work, args=(session,)) for session in sessions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_a_session_has_one_device(devices):
    with pytest.raises(Exception, match="runs a session on one device, got 2"):
        open_session(model(FLOAT16), devices[1:])


def test_who_does_not_wait_for_a_run_reads_what_it_will_have_written(gpu, driver):
    x = feeds(FLOAT16)
    session = open_session(model(FLOAT16), gpu)
    wanted = session.run(None, copies_of(x))
    values = {name: on_gpu(array, gpu) for name, array in x.items()}
    output = empty_on_gpu(x["query"].shape, gpu)
    options = onnxruntime.RunOptions()
    options.add_run_config_entry("disable_synchronize_execution_providers", "1")
    session.run_with_iobinding(bind(session, values, output), options)
    np.testing.assert_array_equal(output.numpy(), wanted[0])
    np.testing.assert_array_equal(values["key_cache"].numpy(), wanted[1])


def test_copies_in_a_stream_of_the_callers(gpu, driver):
    """On the device they are waited for by whoever reads without a stream."""
    stream = gpu.create_sync_stream()
    assert stream.get_handle()
    array = np.arange(4096, dtype=np.float16)
    source, target = on_gpu(array, gpu), on_gpu(np.zeros_like(array), gpu)
    onnxruntime.copy_tensors([source], [target], stream)
    np.testing.assert_array_equal(target.numpy(), array)
    on_host = onnxruntime.OrtValue.ortvalue_from_numpy(array[::-1].copy())
    onnxruntime.copy_tensors([on_host], [source], stream)
    onnxruntime.copy_tensors([source], [on_host], stream)
    np.testing.assert_array_equal(on_host.numpy(), array[::-1])


@pytest.mark.parametrize(
    "function, code, text",
    [
        ("cuLaunchKernel", 719, "cuLaunchKernel of paged_prologue_float16_float16: .*_LAUNCH_FAILED"),
        ("kernel", 719, "cuStreamSynchronize: CUDA_ERROR_LAUNCH_FAILED"),
        ("cuMemcpyHtoDAsync_v2", 1, "cuMemcpyHtoDAsync of .* bytes: CUDA_ERROR"),
    ],
)
def test_what_the_driver_says_is_an_error_of_the_run(gpu, driver, function, code, text):
    session = open_session(model(FLOAT16), gpu)
    x = feeds(FLOAT16)
    wanted = session.run(None, copies_of(x))[0]
    driver.fail(function, code)
    with pytest.raises(Exception, match=rf"GPU 0 \(Emulated GPU\): {text}"):
        session.run(None, copies_of(x))
    assert_close(session.run(None, copies_of(x))[0], wanted)


def test_an_error_of_a_launch_names_the_node(gpu, driver):
    session = open_session(model(FLOAT16), gpu)
    driver.fail("cuLaunchKernel", 719)
    with pytest.raises(Exception, match="node 'attention' on GPU 0"):
        session.run(None, feeds(FLOAT16))


def test_without_memory_a_run_fails_and_the_next_may_not(gpu, driver, capfd):
    session = open_session(model(FLOAT16), gpu)
    driver.fail("cuMemAlloc_v2", 2)
    with pytest.raises(Exception, match="Allocation failed"):
        session.run(None, feeds(FLOAT16))
    log = capfd.readouterr().err
    assert "GPU 0 (Emulated GPU): cuMemAlloc of" in log and "CUDA_ERROR_OUT_OF_MEMORY" in log
    session.run(None, feeds(FLOAT16))


def test_a_gpu_that_cannot_be_opened_is_an_error_of_the_session(gpu, driver):
    driver.fail("cuDevicePrimaryCtxRetain", 2)
    with pytest.raises(Exception, match=r"GPU 0 \(Emulated GPU\): cuDevicePrimaryCtxRetain"):
        open_session(model(FLOAT16), gpu)


def test_what_has_no_kernel_is_refused_by_name(gpu):
    with pytest.raises(Exception, match="sdpa_kernel 4 selects no kernel"):
        open_session(model(FLOAT16), gpu, {"sdpa_kernel": "4"})
    with pytest.raises(Exception, match="kv_num_heads"):
        open_session(model(FLOAT16, attributes={"kv_num_heads": 3}), gpu)
    # Without NVRTC only tensor core kernels of size 128 are there.
    session = open_session(model(FLOAT16, head_size=256), gpu, {"sdpa_kernel": "1"})
    with pytest.raises(Exception, match="'attention' on GPU 0 .*no kernel for head_size 256"):
        session.run(None, feeds(FLOAT16, head_size=256))


def test_the_kernel_is_reported(gpu, capfd, monkeypatch):
    monkeypatch.setenv("ORT_ENABLE_ATTENTION_KERNEL_DEBUG_INFO", "1")
    session = open_session(model(FLOAT16, **SHAPE), gpu)
    session.run(None, feeds(FLOAT16, **SHAPE))
    assert "Node=attention DataType=fp16 SdpaKernel=FLASH_ATTENTION Kernel=" in (
        capfd.readouterr().out
    )


def test_sessions_that_are_gone_leave_nothing_to_those_that_are_not(gpu, driver):
    x = feeds(FLOAT16)
    kept = open_session(model(FLOAT16), gpu)
    handles = []
    for _ in range(3):
        kept.run(None, copies_of(x))
        session = open_session(model(FLOAT16), gpu)
        session.run(None, copies_of(x))
        del session
        gc.collect()
        handles.append(driver.open_handles)
    assert handles[1] == handles[2]


@pytest.mark.parametrize(
    "function, kinds", [("cuInit", "CPU"), ("cuDeviceGetCount", "CPU"), ("cuDeviceGetName", "CPU GPU")]
)
def test_what_cannot_be_used_is_left_out(plugin, driver, function, kinds):
    """In a process of its own, as a process asks for its GPUs once."""
    program = f"""
import onnxruntime
from emulated_gpus import NAME, EmulatedDriver
EmulatedDriver({driver.path!r}).fail({function!r}, 999)
onnxruntime.register_execution_provider_library("pagedattention", {plugin!r})
found = [d.device.type.name for d in onnxruntime.get_ep_devices() if d.ep_name == NAME]
print(*found)
"""
    folder = pathlib.Path(__file__).parent
    command = [sys.executable, "-c", program]
    assert subprocess.check_output(command, cwd=folder, text=True).strip() == kinds


def test_a_session_may_outlive_the_registration(plugin, driver):
    onnxruntime.register_execution_provider_library("pagedattention", plugin)
    gpu = [device for device in onnxruntime.get_ep_devices() if device.ep_name == NAME][1]
    session = open_session(model(FLOAT16), gpu)
    x = feeds(FLOAT16)
    wanted = session.run(None, copies_of(x))[0]
    onnxruntime.unregister_execution_provider_library("pagedattention")
    assert_close(session.run(None, copies_of(x))[0], wanted)
    del session
    gc.collect()
    assert (driver.open_handles, driver.open_bytes) == (0, 0)
