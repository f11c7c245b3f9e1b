// SPDX-License-Identifier: Apache-2.0
#include "cases/expectations.h"

namespace assay::cases {
namespace {

constexpr auto kReject = checks::Severity::kReject;
constexpr auto kQualify = checks::Severity::kQualify;

constexpr Expectation kExpectations[] = {
    {"wrong-output/lie", "wrong-output", kReject},
    {"wrong-output/lie-when-unwatched", "wrong-output", kReject},
    {"wrong-output/honest", ""},
    {"unchecked-output/lie", "unchecked-output", kQualify},
    {"unchecked-output/honest", ""},
    {"numerics-differ/lie", "numerics-differ", kQualify, Way::kTwoArms},
    {"numerics-differ/honest", "", kReject, Way::kTwoArms},
    {"impossible/lie", "impossible", kReject},
    {"impossible/honest", ""},
    {"unsynchronised/lie", "unsynchronised", kReject},
    {"unsynchronised/honest", ""},
    {"nothing-ran/lie", "nothing-ran", kReject},
    {"nothing-ran/honest", ""},
    {"fallback/lie", "fallback", kReject},
    {"fallback/honest", ""},
    {"compiled-inside/lie", "compiled-inside", kReject},
    {"compiled-inside/lie-loads", "compiled-inside", kReject},
    {"compiled-inside/honest", ""},
    {"allocates-inside/lie", "allocates-inside", kQualify},
    {"allocates-inside/honest", ""},
    {"copies-inside/lie", "copies-inside", kQualify},
    {"copies-inside/honest", ""},
    {"blocks-inside/lie", "blocks-inside", kQualify},
    {"blocks-inside/lie-prints", "blocks-inside", kQualify},
    {"blocks-inside/lie-forks", "blocks-inside", kQualify},
    {"blocks-inside/honest", ""},
    {"drifting/lie", "drifting", kReject},
    {"drifting/honest", ""},
    {"imprecise/lie", "imprecise", kQualify},
    {"imprecise/honest", ""},
    {"too-short/lie", "too-short", kReject},
    {"too-short/honest", ""},
    {"throttled/lie", "throttled", kReject, Way::kScripted},
    {"throttled/lie-power", "throttled", kQualify, Way::kScripted},
    {"throttled/honest", "", kReject, Way::kScripted},
    {"clock-moved/lie", "clock-moved", kReject, Way::kScripted},
    {"clock-moved/honest", "", kReject, Way::kScripted},
    {"contended/lie", "contended", kReject},
    {"contended/lie-neighbour", "contended", kReject, Way::kScripted},
    {"contended/honest", ""},
    {"constant-data/lie", "constant-data", kQualify},
    {"constant-data/honest", ""},
    {"cache-unverified/lie", "cache-unverified", kQualify, Way::kScripted},
    {"cache-unverified/honest", ""},
    {"cache-mixed/lie", "cache-mixed", kQualify, Way::kTwoArms},
    {"cache-mixed/honest", "", kReject, Way::kTwoArms},
    {"state-leaks/lie", "state-leaks", kReject},
    {"state-leaks/honest", ""},
    {"input-modified/lie", "input-modified", kReject},
    {"input-modified/honest", ""},
    {"out-of-bounds/lie", "out-of-bounds", kReject},
    {"out-of-bounds/honest", ""},
    {"crashed/lie", "crashed", kReject},
    {"crashed/lie-exits", "crashed", kReject},
    {"crashed/lie-throws", "crashed", kReject},
    {"crashed/honest", ""},
    {"timed-out/lie", "timed-out", kReject},
    {"timed-out/honest", ""},
    {"axis-without-effect/lie", "axis-without-effect", kQualify},
    {"axis-without-effect/honest", ""},
    {"harness-artefact/lie", "harness-artefact", kReject},
    {"harness-artefact/honest", ""},
    {"log-warnings/lie", "log-warnings", kQualify},
    {"log-warnings/honest", ""},
};

}  // namespace

std::span<const Expectation> expectations() { return kExpectations; }

bool is_tolerated(std::string_view code) {
  return code == "contended" || code == "clock-moved" || code == "imprecise";
}

}  // namespace assay::cases
