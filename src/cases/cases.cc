// SPDX-License-Identifier: Apache-2.0
#include "cases/cases.h"

namespace assay::cases {

void define_cases(Suite& suite) {
  for (void (*const define)(Suite&) : {define_allocates_inside, define_axis_without_effect,
                                       define_blocks_inside,    define_cache_mixed,
                                       define_compiled_inside,  define_constant_data,
                                       define_contended,        define_copies_inside,
                                       define_crashed,          define_drifting,
                                       define_fallback,         define_harness_artefact,
                                       define_impossible,       define_imprecise,
                                       define_input_modified,   define_log_warnings,
                                       define_nothing_ran,      define_numerics_differ,
                                       define_out_of_bounds,    define_state_leaks,
                                       define_timed_out,        define_too_short,
                                       define_unchecked_output, define_unsynchronised,
                                       define_wrong_output}) {
    define(suite);
  }
}

}  // namespace assay::cases
