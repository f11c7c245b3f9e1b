// SPDX-License-Identifier: Apache-2.0
#pragma once
// One case made ready to be called. The sampler (measure/sampler.h) owns the order of the calls and the
// clock; a runner knows how to do the work and how to tell whether it was done. Tests script a runner and a
// clock together.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "measure/evidence.h"

namespace assay::measure {

// SHA-256 of all inputs before the first call, and of all outputs after the last one; empty: not known.
struct Digests {
  std::string inputs;
  std::string outputs;
};

class Runner {
 public:
  virtual ~Runner() = default;

  // Untimed, before every call: puts back whatever a call changes (an `inout`, a KV cache).
  [[nodiscard]] virtual Result<void> restore() = 0;
  // The timed region: the work and nothing else.
  [[nodiscard]] virtual Result<void> call() = 0;

  // After the calls of a region: its time by a clock of the runner's own, such as a device's. It is then the
  // sample, instead of the time by the sampler's clock.
  [[nodiscard]] virtual std::optional<std::int64_t> region_ns() { return std::nullopt; }

  // Untimed, before some calls, after restore(): fills the outputs with a pattern that no correct call
  // leaves.
  virtual void poison() {}
  // Untimed, after such a call: compares the outputs with the reference and adds to the evidence.
  virtual Result<void> check(OutputEvidence& evidence) {
    (void)evidence;
    return {};
  }

  // Why calls cannot follow each other in one timed region (mode back_to_back): "'y' is put back before every
  // call". Empty if they can.
  [[nodiscard]] virtual std::string why_not_repeat() const {
    return "what a call changes is put back before every call";
  }
  [[nodiscard]] bool can_repeat() const { return why_not_repeat().empty(); }

  // Untimed, once, after the last call: adds what only the runner knows (buffers, what ran, its data).
  virtual Result<void> add_evidence(Evidence& evidence) {
    (void)evidence;
    return {};
  }

  // The memory of the outputs, to be looked at after a call; empty if there is none to look at.
  [[nodiscard]] virtual std::vector<std::span<const std::byte>> outputs() const { return {}; }

  // Untimed, between calls: puts random inputs of the same shape in the place of the case's own, or puts
  // these back. False if there are no others: not for this runner, or because its inputs vary anyway. While
  // random ones are there, outputs are not checked.
  virtual bool use_random_inputs(bool random) {
    (void)random;
    return false;
  }

  // Untimed, after the last call: identifies what the calls worked on.
  [[nodiscard]] virtual Digests digests() { return {}; }

  // This runner, if its calls run on a device (measure/device_modes.h measures it then).
  [[nodiscard]] virtual class DeviceRunner* as_device() { return nullptr; }
};

// A case on a device: call() enqueues the work and does not wait for it.
class DeviceRunner : public Runner {
 public:
  // Until everything that was enqueued has ended.
  [[nodiscard]] virtual Result<void> wait() = 0;
  // Enqueue marks; the second waits and gives the time between them by the device's clock. With `queue_ahead`
  // the device is kept busy before the first mark for some 20 us, so that what the host enqueues next lies
  // ready when the mark is reached.
  [[nodiscard]] virtual Result<void> begin_region(bool queue_ahead) = 0;
  [[nodiscard]] virtual Result<double> end_region_ns() = 0;
  // Records `calls` calls as a graph, which replay() enqueues. Errors: kUnsupported with the reason if they
  // cannot be recorded.
  [[nodiscard]] virtual Result<void> record_graph(std::int64_t calls) = 0;
  [[nodiscard]] virtual Result<void> replay() = 0;

  // Around the samples of the headline: sensors on, and what they saw.
  virtual void begin_window() {}
  virtual Result<void> end_window(DeviceEvidence& evidence) {
    (void)evidence;
    return {};
  }
  // Untimed, after the samples: some calls under a recorder of what the device does.
  virtual Result<void> record_activity(DeviceEvidence& evidence) {
    (void)evidence;
    return {};
  }

  [[nodiscard]] DeviceRunner* as_device() override { return this; }
};

}  // namespace assay::measure
