// SPDX-License-Identifier: Apache-2.0
#pragma once
// A case of a suite whose variant runs on a CUDA device: what is around its calls is that of any case
// (suite_case.cc); this adds the queue, its marks and graphs, and the evidence that only a device gives.
#include <functional>
#include <memory>

#include "base/result.h"
#include "device/cuda/stream_handle.h"
#include "measure/runner.h"
#include "suite/expand.h"

namespace assay::programs {

// Makes the runner of the case on the given stream.
using MakeOnStream = std::function<Result<std::unique_ptr<measure::Runner>>(device::cuda::Stream)>;

// A measure::DeviceRunner. Errors: kUnavailable without a device, those of `make`.
[[nodiscard]] Result<std::unique_ptr<measure::Runner>> make_cuda_runner(const suite::EntryCase& wanted,
                                                                        const MakeOnStream& make);

}  // namespace assay::programs
