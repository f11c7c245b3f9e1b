// SPDX-License-Identifier: Apache-2.0
#pragma once
// One thread's share of a forward pass. All threads of the pool run the same phases; a barrier stands
// wherever a phase reads what other threads wrote. A layer has five barriers for a single token, eight for a
// batch:
//   norm + quantise | q, k, v || rotate, cache, attention || merge + quantise | attn_output + residual ||
//   norm + quantise | gate, up, SwiGLU || quantise | down + residual ||
// where || is a barrier, and | is one only in a batch (there, rows are shared among the threads).
#include <span>

#include "device/thread_pool.h"
#include "engine/backend.h"
#include "engine/cpu/packed_model.h"
#include "engine/cpu/workspace.h"

namespace assay::engine {

// What all threads share in one pass.
struct PassData {
  const model::Config& config;
  const PackedModel& model;
  const CpuKernels& kernels;
  device::Isa isa;
  device::ThreadPool& pool;
  Workspace& workspace;
  KvCache& cache;                          // length = position of the first token
  std::span<const model::TokenId> tokens;  // at most the workspace's rows
  LogitsFor wanted;
  float* logits;  // (wanted rows, vocab)
};

// Runs thread `index` of the pool. The workspace's inputs must have as many rows as there are tokens.
void run_forward_pass(const PassData& data, int index);

}  // namespace assay::engine
