// SPDX-License-Identifier: Apache-2.0
#include "record/testing/sample_run.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/random.h"

namespace assay::record::testing {
namespace {

constexpr double kReadLimit = 31.3e9;
constexpr double kPeak = 186e9;
constexpr std::int64_t kBytesPerToken = 96'600'000;
constexpr std::int64_t kCacheBytesPerPosition = 46'080;
constexpr std::int64_t kFlopsPerToken = 269'000'000;

measure::Environment sample_environment() {
  measure::Environment e;
  e.started_at = "2026-11-21T08:15:00Z";
  e.host = "bench-3";
  e.user = "ada";
  e.os = "Linux 6.1.0";
  e.cpu = "AMD EPYC 7763 64-Core Processor";
  e.logical_cpus = 2;
  e.memory_bytes = 8'221'245'440;
  e.hypervisor = "yes";
  e.load_average = 0.12;
  e.compiler = "GCC 12.2.0";
  e.flags = "Release";
  e.version = "0.1.0";
  e.git_revision = "4f2c81d9";
  e.binary_sha256 = "9d1e6c0b7f3a52e84c1d0a6b5e9f7382d4c6b1a0f8e7d6c5b4a39281706f5e4d";
  e.command_line = {"assay", "bench", "smollm2-135m-instruct", "--html", "my report.html"};
  return e;
}

measure::Limits sample_limits() {
  measure::Limits l;
  l.machine = "AMD EPYC 7763 64-Core Processor, 2 CPUs, avx2 fma f16c";
  l.measured_at = "2026-11-20T17:03:11Z";
  l.bandwidth = {{"read", 32'768, 2, 402e9, "avx2_unroll8"},
                 {"read", 268'435'456, 1, 19.4e9, "avx2_unroll4"},
                 {"read", 268'435'456, 2, kReadLimit, "avx2_unroll4"},
                 {"copy", 268'435'456, 2, 27.2e9, "avx2_stream"}};
  l.compute = {{"f32-fma", 1, 94.1e9, "avx2_12chains"}, {"f32-fma", 2, kPeak, "avx2_12chains"}};
  l.barrier_ns = 412;
  l.clock_step_ns = 10;
  l.empty_region_ns = 38;
  l.last_level_cache_bytes = 33'554'432;
  return l;
}

// `n` times around `median_ns`, in the order of sampling, with a tail to the slow side. No libm: the golden
// files must be the same everywhere.
std::vector<std::int64_t> sample_times(std::int64_t n, double median_ns, double spread, std::uint64_t seed) {
  Random random(seed);
  std::vector<std::int64_t> times;
  for (std::int64_t i = 0; i < n; ++i) {
    const double bell = random.uniform() + random.uniform() + random.uniform() + random.uniform() - 2;
    const double tail = random.uniform() < 0.04 ? 6 * random.uniform() : 0;
    times.push_back(static_cast<std::int64_t>(median_ns * (1 + spread * (bell + tail))));
  }
  return times;
}

measure::Statistics statistics_of(std::vector<std::int64_t> times) {
  std::sort(times.begin(), times.end());
  const auto n = static_cast<std::int64_t>(times.size());
  const auto at = [&](double rank) {
    const auto i = static_cast<std::int64_t>(std::floor(rank));
    return static_cast<double>(times[static_cast<std::size_t>(std::clamp<std::int64_t>(i, 0, n - 1))]);
  };
  const double half = 0.98 * std::sqrt(static_cast<double>(n));
  measure::Statistics s;
  s.n = n;
  s.median_ns = at(static_cast<double>(n) / 2);
  if (n >= 20) {
    s.median_interval =
        measure::Interval{at(static_cast<double>(n) / 2 - half), at(static_cast<double>(n) / 2 + half), 0.95};
  }
  s.mean_ns = std::accumulate(times.begin(), times.end(), 0.0) / static_cast<double>(n);
  s.min_ns = at(0);
  s.max_ns = at(static_cast<double>(n));
  if (n >= 200) s.p5_ns = at(0.05 * static_cast<double>(n));
  if (n >= 200) s.p95_ns = at(0.95 * static_cast<double>(n));
  s.effective_n = 0.9 * static_cast<double>(n);
  s.independence_assumed = n < 100;
  s.outliers_high = 1;
  return s;
}

void add_times(Measurement& m, std::int64_t n, double median_ns, double spread, std::uint64_t seed) {
  measure::Evidence& e = m.evidence;
  e.samples.times_ns = sample_times(n, median_ns, spread, seed);
  e.samples.checked_times_ns = sample_times(n / 10, median_ns, spread, seed + 1000);
  e.samples.warmup_calls = 12;
  e.samples.budget_ns = 20'000'000'000;
  e.samples.spent_ns = static_cast<std::int64_t>(1.2 * static_cast<double>(n) * median_ns);
  e.samples.stop_reason = n < 100 ? "fixed-count" : "precise";
  e.statistics = statistics_of(e.samples.times_ns);
  e.output = {true, "reference backend, full forward pass of 32 tokens", n / 10, 0, 0.21, "", true};
  e.contention = {e.samples.spent_ns, 2, 2, std::nullopt, 41'000'000, 17, std::nullopt};
  e.floor = {m.what.work.bytes_read,
             {33'554'432},
             kReadLimit,
             "read, 2 threads, 256 MB",
             m.what.work.flops,
             kPeak,
             sample_limits().empty_region_ns,
             1};
}

Measurement sample_measurement(std::string entry, std::string headline, std::string axis, std::int64_t value,
                               suite::Work work) {
  Measurement m;
  m.what.entry = "smollm2-135m-instruct/" + entry;
  m.what.axes = {{std::move(axis), std::to_string(value)}, {"threads", "2"}};
  m.what.work = std::move(work);
  m.what.unit_of_headline = std::move(headline);
  m.mode = "isolated";
  m.cache = "warm";
  m.runner = "cpu.avx2 threads=2";
  m.variants = {"matmul/cpu.avx2_q4_1", "attention/cpu.avx2"};
  return m;
}

Measurement prefill(std::int64_t prompt, std::int64_t n, double median_ns, double spread) {
  const suite::Work work{
      {kBytesPerToken}, {prompt * kCacheBytesPerPosition}, {prompt * kFlopsPerToken}, prompt, "token"};
  Measurement m = sample_measurement("prefill", "ttft", "prompt", prompt, work);
  m.what.formula = "prompt ids in, first token id out; cache empty before";
  add_times(m, n, median_ns, spread, static_cast<std::uint64_t>(prompt));
  const double reached = static_cast<double>(work.flops.count) / (m.evidence.statistics.median_ns * 1e-9);
  m.limits = {{"f32-fma, 2 threads", kPeak, reached, "flops"}};
  return m;
}

Measurement decode(std::int64_t depth, std::int64_t n, double median_ns, double spread) {
  const std::int64_t bytes = kBytesPerToken + depth * kCacheBytesPerPosition;
  const suite::Work work{{bytes}, {kCacheBytesPerPosition}, {kFlopsPerToken}, 1, "token"};
  Measurement m = sample_measurement("decode", "decode", "depth", depth, work);
  m.what.formula = "one token id in, next token id out; cache holds `depth` positions";
  add_times(m, n, median_ns, spread, static_cast<std::uint64_t>(depth + 7));
  const double reached = static_cast<double>(bytes) / (m.evidence.statistics.median_ns * 1e-9);
  m.limits = {{"read, 2 threads, >= 128 MB", kReadLimit, reached, "bytes"}};
  return m;
}

}  // namespace

Run trusted_run() {
  Run run;
  run.environment = sample_environment();
  run.limits = sample_limits();
  run.subject = "smollm2-135m-instruct";
  run.subject_detail = "SmolLM2 135M, llama, 135 M parameters, q4_1 + q8_0, 96.6 MB a token";
  run.subject_sha256 = "2f0e8c7d6b5a493827160f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a";
  run.measurements = {prefill(32, 225, 81.2e6, 0.02),   prefill(128, 150, 287e6, 0.02),
                      prefill(512, 100, 1.19e9, 0.015), prefill(1024, 20, 2.61e9, 0.02),
                      decode(0, 337, 7.05e6, 0.03),     decode(128, 337, 7.36e6, 0.03),
                      decode(512, 225, 8.31e6, 0.05),   decode(1024, 150, 9.9e6, 0.03)};
  run.complete = true;
  return run;
}

Run sample_run() {
  using checks::Severity;
  Run run = trusted_run();
  Measurement& slow = run.measurements[3];
  slow.verdict = checks::Verdict::kQualified;
  slow.findings = {{"imprecise", Severity::kQualify,
                    "20 samples, too few to tell how they depend on each other: independence assumed",
                    "raise --budget so that 100 samples fit"}};
  slow.other_modes = {{"back_to_back", "", 4, slow.evidence.statistics, false}};
  Measurement& disturbed = run.measurements[6];
  disturbed.verdict = checks::Verdict::kQualified;
  disturbed.findings = {
      {"contended", Severity::kQualify,
       "other processes used 11 % of the CPU time that the case wants, limit 2 %",
       "stop other programs, or pin assay to idle cores with --cpus"},
      {"drifting", Severity::kQualify, "the last third is 2.4 % slower than the first, limit 1 %",
       "let the machine settle and run again"}};
  Measurement& wrong = run.measurements[7];
  wrong.verdict = checks::Verdict::kRejected;
  wrong.evidence.output.calls_wrong = 3;
  wrong.evidence.output.worst_error = 4.1;
  wrong.evidence.output.worst_place = "logit 417 of call 12: got 3.25, expected 3.10 +- 0.05";
  wrong.findings = {
      {"wrong-output", Severity::kReject,
       "3 of 15 checked calls miss the reference; logit 417 of call 12: got 3.25, expected 3.10 +- 0.05",
       "run `assay bench --runner ref` and compare the kernel variants"}};
  return run;
}

}  // namespace assay::record::testing
