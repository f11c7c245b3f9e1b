// SPDX-License-Identifier: Apache-2.0
#pragma once
// Fills the structs of record/measurement.h from parsed JSON, by the keys of record/fields.h. The first thing
// that is not as it should be is kept as one sentence without place ("'work.flops' is missing"); what follows
// it is not read. Only the .cc files of this room include this header: it pulls in the JSON library.
#include <cmath>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "record/fields.h"

namespace assay::record {

class Decoder {
 public:
  // `json` must outlive the decoder.
  explicit Decoder(const nlohmann::json& json) : json_(&json) {}

  // Fills `x` from the whole of `json`.
  template <typename T>
  void read(T& x) {
    if constexpr (requires { fields(*this, x); }) {
      if (!json_->is_object()) return expected("an object");
      fields(*this, x);
    } else {
      read_leaf(x);
    }
  }

  // The visitor of fields.h.
  template <typename T>
  void operator()(const char* key, T& x) {
    if (!ok()) return;
    const auto at = json_->find(key);
    if (at == json_->end()) return fail_at(std::string(".") + key, "is missing");
    Decoder inner(*at);
    inner.read(x);
    if (!inner.ok()) fail_at(std::string(".") + key + inner.path_, inner.problem_);
  }

  template <typename T>
  void operator()(Added added, T& x) {
    if (json_->contains(added.key)) (*this)(added.key, x);
  }

  [[nodiscard]] bool ok() const { return problem_.empty(); }
  // "'axes[2].name' is a number, expected a string"; empty if all is well.
  [[nodiscard]] std::string problem() const { return ok() ? "" : "'" + path_.substr(1) + "' " + problem_; }

 private:
  // `path` is where in *json_ the problem lies: ".work.flops", "[3].name".
  void fail_at(std::string path, std::string problem);
  void expected(std::string_view what);
  void read_leaf(std::string& x);
  void read_leaf(bool& x);
  void read_leaf(std::int64_t& x);
  void read_leaf(int& x);
  void read_leaf(double& x);  // null is NaN: JSON has no number that is not finite
  void read_leaf(checks::Severity& x);
  void read_leaf(checks::Verdict& x);

  template <typename T>
  void read_leaf(std::optional<T>& x) {
    x.reset();
    if (!json_->is_null()) read(x.emplace());
  }

  template <typename T>
  void read_leaf(std::vector<T>& list) {
    if (!json_->is_array()) return expected("a list");
    list.clear();
    for (std::size_t i = 0; i < json_->size(); ++i) {
      Decoder inner((*json_)[i]);
      inner.read(list.emplace_back());
      if (!inner.ok()) return fail_at("[" + std::to_string(i) + "]" + inner.path_, inner.problem_);
    }
  }

  const nlohmann::json* json_;
  std::string path_;     // of the problem within *json_
  std::string problem_;  // "is missing"
};

}  // namespace assay::record
