// SPDX-License-Identifier: Apache-2.0
#include "engine/logits_distance.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.h"

namespace assay::engine {
namespace {

struct RowSums {
  double differences = 0.0;  // sum of squares
  double deviations = 0.0;   // of the reference from its mean, sum of squares
};

RowSums sums_of(std::span<const float> reference, std::span<const float> candidate) {
  RowSums sums;
  double mean = 0.0;
  for (const float x : reference) mean += static_cast<double>(x);
  mean /= static_cast<double>(reference.size());
  for (std::size_t i = 0; i < reference.size(); ++i) {
    const double difference = static_cast<double>(candidate[i]) - static_cast<double>(reference[i]);
    const double deviation = static_cast<double>(reference[i]) - mean;
    sums.differences += difference * difference;
    sums.deviations += deviation * deviation;
  }
  return sums;
}

double relative(const RowSums& sums) {
  if (sums.differences == 0.0) return 0.0;
  const double ratio = std::sqrt(sums.differences / sums.deviations);
  return std::isnan(ratio) ? std::numeric_limits<double>::infinity() : ratio;
}

std::size_t argmax(std::span<const float> row) {
  return static_cast<std::size_t>(std::max_element(row.begin(), row.end()) - row.begin());
}

// How far the largest lies above the second largest.
double lead_of_largest(std::span<const float> row) {
  const std::size_t best = argmax(row);
  double second = -std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < row.size(); ++i)
    if (i != best) second = std::max(second, static_cast<double>(row[i]));
  return static_cast<double>(row[best]) - second;
}

}  // namespace

LogitsDistance logits_distance(std::span<const float> reference, std::span<const float> candidate,
                               std::int64_t vocab) {
  const auto width = static_cast<std::size_t>(vocab);
  ASSAY_CHECK(vocab > 0 && reference.size() == candidate.size() && reference.size() % width == 0,
              "{} and {} logits of a vocabulary of {}", reference.size(), candidate.size(), vocab);
  LogitsDistance result;
  RowSums all;
  for (std::size_t first = 0; first < reference.size(); first += width) {
    const auto expected = reference.subspan(first, width);
    const auto got = candidate.subspan(first, width);
    const RowSums row = sums_of(expected, got);
    all.differences += row.differences;
    all.deviations += row.deviations;
    result.worst_row = std::max(result.worst_row, relative(row));
    ++result.rows;
    if (argmax(expected) == argmax(got)) {
      ++result.same_argmax;
    } else if (!(lead_of_largest(expected) < 3.0 * std::sqrt(row.differences / static_cast<double>(width)))) {
      ++result.wrong_argmax;
    }
  }
  result.relative_rms = relative(all);
  return result;
}

}  // namespace assay::engine
