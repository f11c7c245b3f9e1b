// SPDX-License-Identifier: Apache-2.0
#include "programs/cuda_case.h"

#include <exception>
#include <optional>
#include <utility>

#include "device/cuda/cuda_device.h"
#include "device/cuda/sm_stamp.h"
#include "device/cuda/stream.h"
#include "programs/cuda_evidence.h"

namespace assay::programs {
namespace {

namespace cuda = device::cuda;

constexpr std::int64_t kAhead_cycles = 40'000;  // some 20 us

class CudaRunner final : public measure::DeviceRunner {
 public:
  CudaRunner(cuda::OwnedStream stream, cuda::Event begin, cuda::Event end)
      : stream_(std::move(stream)), begin_(std::move(begin)), end_(std::move(end)) {}

  Result<void> bind(const MakeOnStream& make) {
    ASSAY_TRY(case_, make(stream_.get()));
    return wait();
  }

  Result<void> restore() override { return case_->restore(); }
  Result<void> call() override { return case_->call(); }
  void poison() override { case_->poison(); }
  Result<void> check(measure::OutputEvidence& evidence) override {
    ASSAY_TRY_VOID(wait());
    ASSAY_TRY_VOID(case_->check(evidence));
    if (!case_->why_not_repeat().empty()) return {};
    // Looking at the buffers has filled the caches with something else than a call leaves.
    ASSAY_TRY_VOID(case_->restore());
    return case_->call();
  }
  std::string why_not_repeat() const override { return case_->why_not_repeat(); }
  bool use_random_inputs(bool random) override {
    const Result<void> ended = wait();
    return ended && case_->use_random_inputs(random);
  }
  Result<void> add_evidence(measure::Evidence& evidence) override {
    ASSAY_TRY_VOID(wait());
    return case_->add_evidence(evidence);
  }
  measure::Digests digests() override { return case_->digests(); }

  Result<void> wait() override { return stream_.wait(); }
  Result<void> begin_region(bool queue_ahead) override {
    ASSAY_TRY_VOID(evidence_.stamp(stream_.get()));
    if (queue_ahead)
      ASSAY_TRY_VOID(cuda::check_status(cuda::launch_spin(kAhead_cycles, stream_.get()), "spinning"));
    return begin_.record(stream_.get());
  }
  Result<double> end_region_ns() override {
    ASSAY_TRY_VOID(end_.record(stream_.get()));
    ASSAY_TRY_VOID(evidence_.stamp(stream_.get()));
    ASSAY_TRY_VOID(end_.wait());
    return end_.nanoseconds_since(begin_);
  }
  void begin_window() override { evidence_.begin(); }
  Result<void> end_window(measure::DeviceEvidence& evidence) override {
    return evidence_.end(stream_.get(), evidence);
  }
  Result<void> record_activity(measure::DeviceEvidence& evidence) override {
    ASSAY_TRY_VOID(programs::record_activity(*this, evidence.activity));
    // Nothing was put back between those calls: what is looked at afterwards comes from one that began
    // afresh.
    ASSAY_TRY_VOID(restore());
    ASSAY_TRY_VOID(call());
    return wait();
  }
  Result<void> record_graph(std::int64_t calls) override {
    graph_.reset();
    ASSAY_TRY(graph_, cuda::Graph::record(stream_.get(), [&]() -> Result<void> {
                try {
                  for (std::int64_t i = 0; i < calls; ++i) ASSAY_TRY_VOID(case_->call());
                } catch (const std::exception& error) {  // it looks at a status that is no success meanwhile
                  return fail(ErrorCode::kUnsupported, "cuda: the call threw while it was recorded: {}",
                              error.what());
                }
                return {};
              }));
    return {};
  }
  Result<void> replay() override { return graph_->launch(stream_.get()); }

 private:
  cuda::OwnedStream stream_;
  cuda::Event begin_, end_;
  std::unique_ptr<measure::Runner> case_;  // before the stream that it uses
  std::optional<cuda::Graph> graph_;
  CudaWindow evidence_;
};

}  // namespace

Result<std::unique_ptr<measure::Runner>> make_cuda_runner(const suite::EntryCase& wanted,
                                                          const MakeOnStream& make) {
  if (const auto device = cuda::open_device(); !device)
    return tl::unexpected(device.error().with_context(wanted.what.id()));
  ASSAY_TRY(auto stream, cuda::OwnedStream::make());
  ASSAY_TRY(auto begin, cuda::Event::make());
  ASSAY_TRY(auto end, cuda::Event::make());
  auto runner = std::make_unique<CudaRunner>(std::move(stream), std::move(begin), std::move(end));
  ASSAY_TRY_VOID(runner->bind(make));
  return runner;
}

}  // namespace assay::programs
