// SPDX-License-Identifier: Apache-2.0
// As expectations.cc, of work on a CUDA device. Those that end the process or hold the device stand last.
#include "cases/expectations.h"

namespace assay::cases {
namespace {

constexpr auto kReject = checks::Severity::kReject;
constexpr auto kQualify = checks::Severity::kQualify;

constexpr Expectation kExpectations[] = {
    {"wrong-output/lie", "wrong-output", kReject},
    {"wrong-output/lie-first-call", "wrong-output", kReject},
    {"wrong-output/lie-when-unwatched", "wrong-output", kReject},
    {"wrong-output/honest", ""},
    {"numerics-differ/lie", "numerics-differ", kQualify, Way::kTwoArms},
    {"numerics-differ/honest", "", kReject, Way::kTwoArms},
    {"impossible/lie", "impossible", kReject},
    {"impossible/lie-flops", "impossible", kReject},
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
    {"allocates-inside/lie-from-pool", "allocates-inside", kQualify},
    {"allocates-inside/lie-throws", "allocates-inside", kQualify},
    {"allocates-inside/honest", ""},
    {"copies-inside/lie", "copies-inside", kQualify},
    {"copies-inside/honest", ""},
    {"blocks-inside/lie", "blocks-inside", kQualify},
    {"blocks-inside/honest", ""},
    {"launch-bound/lie", "launch-bound", kQualify},
    {"launch-bound/honest", ""},
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
    {"contended/lie", "contended", kQualify, Way::kScripted},
    {"contended/honest", "", kReject, Way::kScripted},
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
    {"crashed/lie-traps", "crashed", kReject},
    {"crashed/lie-throws", "crashed", kReject},
    {"crashed/honest", ""},
    {"timed-out/lie", "timed-out", kReject},
    {"timed-out/honest", ""},
};

}  // namespace

std::span<const Expectation> cuda_expectations() { return kExpectations; }

}  // namespace assay::cases
