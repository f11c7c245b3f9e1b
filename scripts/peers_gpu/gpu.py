"""What needs a device: one stream for every arm, events, graphs, an L2 flush, clocks. Needs PyTorch.

Never sets clocks, power or any other setting of the device.
"""
import subprocess
import time

FIRST_LEAD = 2_000_000  # cycles for which the device is kept busy while a block is enqueued: about a millisecond


class DeviceError(Exception):
    """One line."""


class Gpu:
    def __init__(self):
        try:
            import torch
        except ImportError as error:
            raise DeviceError(f"{error}; this script needs PyTorch with CUDA") from None
        if not torch.cuda.is_available():
            raise DeviceError("PyTorch finds no CUDA device; look at nvidia-smi and CUDA_VISIBLE_DEVICES")
        self.torch = torch
        torch.cuda.set_device(0)
        torch.set_grad_enabled(False)
        self.stream = torch.cuda.Stream()
        torch.cuda.set_stream(self.stream)
        properties = torch.cuda.get_device_properties(0)
        self.name, self.multiprocessors = properties.name, properties.multi_processor_count
        self.l2_bytes = int(getattr(properties, "L2_cache_size", 0)) or 64 << 20
        self._flushed = torch.empty(2 * self.l2_bytes, dtype=torch.uint8, device="cuda")
        self._lead = FIRST_LEAD
        self._nvml = _open_nvml()

    def event(self):
        return self.torch.cuda.Event(enable_timing=True)

    def wait(self):
        self.stream.synchronize()

    def capture(self, call, count):
        """(a graph of `count` calls, one after another; the outputs of the last, which a replay writes)."""
        graph = self.torch.cuda.CUDAGraph()
        self.wait()
        graph.capture_begin(capture_error_mode="thread_local")
        try:
            for _ in range(count - 1):
                call()
            outputs = call()
        finally:
            graph.capture_end()
        graph.replay()
        self.wait()
        return graph, outputs

    def time_block(self, calls):
        """Seconds of each of `calls`, enqueued together behind a spinning kernel, so that the host is never waited for.

        Repeats the block with a longer spin where the device was faster than the host.
        """
        for _ in range(5):
            marks = [(self.event(), self.event()) for _ in calls]
            late = False
            self.torch.cuda._sleep(self._lead)
            for call, (begin, end) in zip(calls, marks, strict=True):
                begin.record(self.stream)
                call()
                late = late or begin.query()
                end.record(self.stream)
                if late:
                    break
            self.wait()
            if not late:  # no mark was reached before its call was enqueued
                return [begin.elapsed_time(end) * 1e-3 for begin, end in marks]
            self._lead *= 2
        raise DeviceError("the host enqueues more slowly than the device works: no kernel-against-kernel time")

    def time_calls(self, call, count):
        """Seconds of one of `count` calls enqueued together without a graph; host time may be in it. For estimates."""
        begin, end = self.event(), self.event()
        begin.record(self.stream)
        for _ in range(count):
            call()
        end.record(self.stream)
        self.wait()
        return begin.elapsed_time(end) * 1e-3 / count

    def time_one_call(self, call):
        """(seconds by events, seconds on the host's clock) of one call after an L2 flush, with nothing in flight."""
        self._flushed.zero_()
        self.wait()
        begin, end = self.event(), self.event()
        started = time.perf_counter()
        begin.record(self.stream)
        call()
        end.record(self.stream)
        self.wait()
        return begin.elapsed_time(end) * 1e-3, time.perf_counter() - started

    def release(self):
        """Gives cached memory back, where much of it lies idle."""
        if self.torch.cuda.memory_reserved() > 24 << 30:
            self.torch.cuda.empty_cache()

    def copy_ceiling(self, mebibytes):
        """Bytes read and written in a second by a copy of so many MiB, the median of ten."""
        torch = self.torch
        source = torch.randint(0, 255, (mebibytes << 20,), dtype=torch.uint8, device="cuda")
        target = torch.empty_like(source)
        target.copy_(source)
        times = sorted(self.time_block([lambda: target.copy_(source)] * 10))
        return 2 * source.numel() / ((times[4] + times[5]) / 2)

    def clocks(self):
        """SM clock, memory clock, temperature, power and throttle reasons now, by NVML; {} without it."""
        if not self._nvml:
            return {}
        nvml, handle = self._nvml
        readings = {
            "sm_mhz": lambda: nvml.nvmlDeviceGetClockInfo(handle, nvml.NVML_CLOCK_SM),
            "memory_mhz": lambda: nvml.nvmlDeviceGetClockInfo(handle, nvml.NVML_CLOCK_MEM),
            "celsius": lambda: nvml.nvmlDeviceGetTemperature(handle, nvml.NVML_TEMPERATURE_GPU),
            "watts": lambda: nvml.nvmlDeviceGetPowerUsage(handle) / 1000,
            "throttle_reasons": lambda: hex(nvml.nvmlDeviceGetCurrentClocksThrottleReasons(handle)),
        }
        found = {}
        for name, read in readings.items():
            try:
                found[name] = read()
            except Exception:  # a sensor that this machine has not: absent, not guessed
                pass
        return found

    def describe(self):
        torch = self.torch
        facts = {"device": self.name, "multiprocessors": self.multiprocessors, "l2_bytes": self.l2_bytes,
                 "torch": torch.__version__, "cuda_of_torch": torch.version.cuda, "nvidia_smi": nvidia_smi()}
        try:
            import triton
            facts["triton"] = triton.__version__
        except ImportError:
            facts["triton"] = None
        return facts


def _open_nvml():
    try:
        import pynvml
        pynvml.nvmlInit()
        return pynvml, pynvml.nvmlDeviceGetHandleByIndex(0)
    except Exception:
        return None


def nvidia_smi():
    """The machine in nvidia-smi's words, with the clocks of this moment; a line that says why not."""
    fields = "name,driver_version,clocks.sm,clocks.mem,clocks.max.sm,temperature.gpu,power.draw,power.limit"
    try:
        done = subprocess.run(["nvidia-smi", f"--query-gpu={fields}", "--format=csv,noheader"], capture_output=True,
                              text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"nvidia-smi: {error}"
    return dict(zip(fields.split(","), (done.stdout.splitlines() or [""])[0].split(", "))) if done.returncode == 0 else \
        f"nvidia-smi: exit status {done.returncode}"
