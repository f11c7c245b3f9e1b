// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <limits>

#include "base/random.h"
#include "record/testing/members.h"
#include "record/testing/sample_run.h"

namespace assay::record::testing {
namespace {

// Fills every member with random content.
class Scrambler {
 public:
  explicit Scrambler(std::uint64_t seed) : random_(seed) {}

  template <typename T>
  void fill(T& x) {
    if constexpr (requires { members(x); }) {
      std::apply([&](auto&... member) { (fill(member), ...); }, members(x));
    } else {
      fill_leaf(x);
    }
  }

 private:
  void fill_leaf(std::string& x) {
    constexpr std::array<std::string_view, 12> kPieces{
        "a", " ", "\"", "\\", "\n", "{", "]", "\u2013", "\xf0\x9f\x98\x80", "</script>", "\t\x01\x7f", ","};
    x.clear();
    for (std::uint32_t i = random_.below(6); i > 0; --i) x += kPieces[random_.below(kPieces.size())];
    if (random_.below(8) == 0) x.push_back('\0');
  }
  void fill_leaf(bool& x) { x = random_.below(2) == 0; }
  void fill_leaf(std::int64_t& x) {
    using Range = std::numeric_limits<std::int64_t>;
    const std::array<std::int64_t, 5> values{Range::min(), Range::max(), 0, -1,
                                             static_cast<std::int64_t>(random_.next_u64())};
    x = values[random_.below(values.size())];
  }
  void fill_leaf(int& x) { x = static_cast<int>(random_.next_u32()); }
  void fill_leaf(double& x) {
    using Range = std::numeric_limits<double>;
    const std::array<double, 8> values{Range::max(), -Range::min(),          Range::denorm_min(), -0.0, 0.1,
                                       1.0 / 3.0,    random_.normal() * 1e9, Range::quiet_NaN()};
    x = values[random_.below(values.size())];
  }
  void fill_leaf(checks::Severity& x) {
    x = random_.below(2) == 0 ? checks::Severity::kQualify : checks::Severity::kReject;
  }
  void fill_leaf(checks::Verdict& x) { x = static_cast<checks::Verdict>(random_.below(3)); }
  void fill_leaf(std::optional<double>& x) {
    x.reset();
    if (random_.below(2) == 0) x = random_.normal();
  }
  template <typename T>
  void fill_leaf(std::optional<T>& x) {
    x.reset();
    if (random_.below(2) == 0) fill(x.emplace());
  }
  template <typename T>
  void fill_leaf(std::vector<T>& list) {
    list.resize(random_.below(4));
    for (T& x : list) fill(x);
  }

  Random random_;
};

}  // namespace

Run random_run(std::uint64_t seed) {
  Scrambler scrambler(seed);
  Run run;
  scrambler.fill(run);
  run.schema = kSchemaVersion;
  run.cut_line = false;
  for (Measurement& m : run.measurements) {
    if (m.evidence.device.device.empty()) m.evidence.device = {};  // a case of the CPU has none
  }
  return run;
}

}  // namespace assay::record::testing
