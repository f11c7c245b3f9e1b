// SPDX-License-Identifier: Apache-2.0
#pragma once
// The planted lies and their honest twins, one function and file for each code (two codes share a file where
// one program serves both). Each adds entries "CODE/lie", perhaps "CODE/lie-HOW", and "CODE/honest".
#include "assay/assay.h"

namespace assay::cases {

void define_allocates_inside(Suite& suite);
void define_axis_without_effect(Suite& suite);
void define_blocks_inside(Suite& suite);
void define_cache_mixed(Suite& suite);  // and the honest twin of cache-unverified
void define_compiled_inside(Suite& suite);
void define_constant_data(Suite& suite);
void define_contended(Suite& suite);
void define_copies_inside(Suite& suite);
void define_crashed(Suite& suite);
void define_drifting(Suite& suite);
void define_fallback(Suite& suite);
void define_harness_artefact(Suite& suite);
void define_impossible(Suite& suite);
void define_imprecise(Suite& suite);
void define_input_modified(Suite& suite);
void define_log_warnings(Suite& suite);
void define_nothing_ran(Suite& suite);
void define_numerics_differ(Suite& suite);
void define_out_of_bounds(Suite& suite);
void define_state_leaks(Suite& suite);
void define_timed_out(Suite& suite);
void define_too_short(Suite& suite);
void define_unchecked_output(Suite& suite);
void define_unsynchronised(Suite& suite);
void define_wrong_output(Suite& suite);

// All of them.
void define_cases(Suite& suite);

}  // namespace assay::cases
