// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a GGUF file holds, for people. Files that assay cannot run are described as well, with the reason.
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "model/config.h"

namespace assay::model {

struct TypeShare {
  std::string type;  // "q4_1", or "type 23" if assay does not know it
  std::int64_t tensors = 0;
  std::int64_t parameters = 0;
  std::int64_t bytes = 0;
};

struct Info {
  std::string path;
  std::int64_t file_bytes = 0;
  std::uint32_t gguf_version = 0;
  std::string architecture, name;  // empty if the file does not say
  std::int64_t parameters = 0;
  std::vector<TypeShare> types;  // most bytes first
  std::string tokenizer;         // "gpt2, smollm, 49152 tokens"; "none"
  std::string chat_template;     // "ChatML", "another", "none"
  // What follows is there if assay can run the model; else `problem` says why not.
  std::optional<Config> config;
  std::int64_t bytes_per_token = 0;  // that one decode step reads
  bool tied = false;
  std::string problem;
};

// Errors: those of GgufFile::open.
[[nodiscard]] Result<Info> read_info(const std::filesystem::path& path);

// One fact a line.
[[nodiscard]] std::string to_text(const Info& info);

}  // namespace assay::model
