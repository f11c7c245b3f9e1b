// SPDX-License-Identifier: Apache-2.0
// Two arms of a comparison, one of which has a cold cache. Also the honest twin of `cache-unverified`, a cold
// cache that is cold; the lie cannot be planted, as the flush is the last thing before a call (scripted.cc).
#include "cases/cases.h"
#include "cases/kernel.h"

namespace assay::cases {

void define_cache_mixed(Suite& suite) {
  honest_kernel(suite, "cache-mixed/lie");
  suite.entries.back().caches({"warm", "cold"});
  honest_kernel(suite, "cache-mixed/honest");
  suite.entries.back().variant("again", [](Call& call) {
    return [x = call.data<float>("x"), y = call.data<float>("y")] { twice_plus_one(x, y); };
  });
  honest_kernel(suite, "cache-unverified/honest");
  suite.entries.back().caches({"cold"});
}

}  // namespace assay::cases
