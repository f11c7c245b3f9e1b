// SPDX-License-Identifier: Apache-2.0
// Drives llama.cpp through llama_decode, so that assay and llama.cpp can be compared on the same file and
// threads. Built by setup_llamacpp against libllama; it is no part of assay. Every sub-command prints JSON
// lines, the first of which says what ran: version, CPU features, threads, flash attention.
//
//   llamacpp_driver bench MODEL [--threads N] [--flash on|off] [--prefill 128,512] [--decode 0,512]
//                               [--seconds S]
//       prefill: time from N prompt ids to the first token id, from an empty cache.
//       decode: time from one id to the next at exactly depth D; the step is taken out of the cache again,
//       untimed. The greedy choice of the next id is inside the time, as it is for assay. Each number is
//       measured for S seconds (2), at least 5 times.
//   llamacpp_driver tokenize MODEL --text FILE --length N
//       the first N ids of each line of FILE, one line a prompt.
//   llamacpp_driver logits MODEL --ids FILE -o FILE.npy [--threads N] [--flash on|off]
//       float32 (prompts, positions, vocab), each position given the ids before it.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "ggml-cpu.h"
#include "llama.h"

namespace {

[[noreturn]] void fail(const std::string& message) {
  std::fprintf(stderr, "llamacpp_driver: %s\n", message.c_str());
  std::exit(4);
}

class Flags {
 public:
  Flags(int argc, char** argv) {
    for (int i = 3; i < argc; i += 2) {
      if (i + 1 == argc) fail(std::string("no value after ") + argv[i]);
      values_[argv[i]] = argv[i + 1];
    }
  }
  std::string text(const std::string& name, const std::string& otherwise) const {
    const auto found = values_.find(name);
    return found == values_.end() ? otherwise : found->second;
  }
  std::string needed(const std::string& name) const {
    if (!values_.count(name)) fail("expected " + name);
    return values_.at(name);
  }
  int number(const std::string& name, int otherwise) const {
    return std::stoi(text(name, std::to_string(otherwise)));
  }
  std::vector<int> list(const std::string& name, const std::string& otherwise) const {
    std::vector<int> numbers;
    std::stringstream parts(text(name, otherwise));
    for (std::string part; std::getline(parts, part, ',');) numbers.push_back(std::stoi(part));
    return numbers;
  }

 private:
  std::map<std::string, std::string> values_;
};

using ModelPointer = std::unique_ptr<llama_model, decltype(&llama_model_free)>;

ModelPointer load(const char* path, bool vocab_only) {
  llama_model_params params = llama_model_default_params();
  params.n_gpu_layers = 0;
  params.vocab_only = vocab_only;
  ModelPointer model(llama_model_load_from_file(path, params), llama_model_free);
  if (!model) fail(std::string("llama.cpp cannot load ") + path);
  return model;
}

// A context on a lasting thread pool, as llama.cpp's own benchmark has it.
class Session {
 public:
  Session(llama_model* model, int threads, bool flash, int positions)
      : vocab_(llama_vocab_n_tokens(llama_model_get_vocab(model))) {
    llama_context_params params = llama_context_default_params();
    params.n_ctx = static_cast<std::uint32_t>(positions);
    params.n_batch = 512;
    params.n_ubatch = 512;
    params.n_threads = threads;
    params.n_threads_batch = threads;
    params.flash_attn_type = flash ? LLAMA_FLASH_ATTN_TYPE_ENABLED : LLAMA_FLASH_ATTN_TYPE_DISABLED;
    params.no_perf = true;
    context_ = llama_init_from_model(model, params);
    if (context_ == nullptr) fail("llama.cpp cannot make a context");
    ggml_threadpool_params pool = ggml_threadpool_params_default(threads);
    pool_ = ggml_threadpool_new(&pool);
    llama_attach_threadpool(context_, pool_, pool_);
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() {
    llama_free(context_);
    ggml_threadpool_free(pool_);
  }

  void forget_from(int position) { llama_memory_seq_rm(llama_get_memory(context_), 0, position, -1); }

  // Appends the ids at `position`; logits of the last id only, or of all of them.
  void decode(const std::vector<llama_token>& ids, int position, bool all_logits) {
    for (std::size_t first = 0; first < ids.size(); first += 512) {
      const int count = static_cast<int>(std::min<std::size_t>(512, ids.size() - first));
      llama_batch batch = llama_batch_init(count, 0, 1);
      batch.n_tokens = count;
      for (int i = 0; i < count; ++i) {
        batch.token[i] = ids[first + i];
        batch.pos[i] = position + static_cast<int>(first) + i;
        batch.n_seq_id[i] = 1;
        batch.seq_id[i][0] = 0;
        batch.logits[i] = all_logits || first + i + 1 == ids.size();
      }
      const int status = llama_decode(context_, batch);
      llama_batch_free(batch);
      if (status != 0) fail("llama_decode returned " + std::to_string(status));
    }
  }
  const float* logits(int i) { return llama_get_logits_ith(context_, i); }
  // The greedy choice, in two loops that compilers vectorise: a few microseconds. Kept in a member so that it
  // cannot be optimised away.
  void choose_best() {
    constexpr int kLanes = 32;
    const float* last = logits(-1);
    float best[kLanes];
    std::fill(best, best + kLanes, last[0]);
    const int whole = vocab_ / kLanes * kLanes;
    for (int i = 0; i < whole; i += kLanes) {
      for (int lane = 0; lane < kLanes; ++lane) {
        best[lane] = last[i + lane] > best[lane] ? last[i + lane] : best[lane];
      }
    }
    float highest = *std::max_element(best, best + kLanes);
    for (int i = whole; i < vocab_; ++i) highest = std::max(highest, last[i]);
    chosen_ = static_cast<llama_token>(std::find(last, last + vocab_, highest) - last);
  }
  int vocab() const { return vocab_; }

 private:
  int vocab_;
  volatile llama_token chosen_ = 0;
  llama_context* context_ = nullptr;
  ggml_threadpool_t pool_ = nullptr;
};

template <typename Call>
long long time_ns(Call&& call) {
  const auto start = std::chrono::steady_clock::now();
  call();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - start)
      .count();
}

// The times of calls for so many seconds, at least 5, after some that warm up.
template <typename Call>
std::vector<long long> repeat_for(double seconds, int warm_up, Call&& call) {
  for (int i = 0; i < warm_up; ++i) call();
  std::vector<long long> times;
  for (long long spent = 0; times.size() < 5 || spent < seconds * 1e9; spent += times.back()) {
    times.push_back(call());
  }
  return times;
}

void print_times(const char* kind, const char* axis, int value, const std::vector<long long>& times) {
  std::printf("{\"kind\": \"%s\", \"%s\": %d, \"times_ns\": [", kind, axis, value);
  for (std::size_t i = 0; i < times.size(); ++i) std::printf("%s%lld", i == 0 ? "" : ", ", times[i]);
  std::printf("]}\n");
  std::fflush(stdout);
}

void print_engine(int threads, bool flash) {
  std::printf(
      "{\"kind\": \"engine\", \"name\": \"llama.cpp\", \"version\": \"%s\", \"system\": \"%s\", \"threads\": "
      "%d, "
      "\"flash\": %s}\n",
      llama_version(), llama_print_system_info(), threads, flash ? "true" : "false");
  std::fflush(stdout);
}

// Ids that differ from each other and are ordinary words in any vocabulary; the same for every run.
std::vector<llama_token> some_ids(int count, int vocab) {
  std::vector<llama_token> ids;
  for (int i = 0; i < count; ++i)
    ids.push_back(300 % vocab + (i * 97) % std::max(1, std::min(vocab - 300, 20000)));
  return ids;
}

int bench(const char* path, const Flags& flags) {
  const int threads = flags.number("--threads", 2);
  const double seconds = std::stod(flags.text("--seconds", "2"));
  const bool flash = flags.text("--flash", "on") == "on";
  const std::vector<int> prompts = flags.list("--prefill", "128,512"),
                         depths = flags.list("--decode", "0,512");
  int positions = 64;
  for (int n : prompts) positions = std::max(positions, n + 1);
  for (int n : depths) positions = std::max(positions, n + 1);
  const ModelPointer model = load(path, false);
  Session session(model.get(), threads, flash, positions);
  print_engine(threads, flash);

  for (int prompt : prompts) {
    const std::vector<llama_token> ids = some_ids(prompt, session.vocab());
    print_times("prefill", "prompt", prompt, repeat_for(seconds, 1, [&] {
                  session.forget_from(0);
                  return time_ns([&] { session.decode(ids, 0, false), session.choose_best(); });
                }));
  }
  for (int depth : depths) {
    session.forget_from(0);
    std::vector<llama_token> ids = some_ids(depth + 1, session.vocab());
    const std::vector<llama_token> next = {ids.back()};
    ids.pop_back();
    session.decode(ids, 0, false);
    print_times("decode", "depth", depth, repeat_for(seconds, 5, [&] {
                  session.forget_from(depth);
                  return time_ns([&] { session.decode(next, depth, false), session.choose_best(); });
                }));
  }
  return 0;
}

int tokenize(const char* path, const Flags& flags) {
  const ModelPointer model = load(path, true);
  const llama_vocab* vocab = llama_model_get_vocab(model.get());
  const int length = flags.number("--length", 64);
  std::ifstream texts(flags.needed("--text"));
  if (!texts) fail("cannot read " + flags.needed("--text"));
  for (std::string line; std::getline(texts, line);) {
    std::vector<llama_token> ids(line.size() + 8);
    const int count = llama_tokenize(vocab, line.data(), static_cast<int>(line.size()), ids.data(),
                                     static_cast<int>(ids.size()), true, false);
    if (count < length)
      fail("a line has " + std::to_string(count) + " ids, expected at least " + std::to_string(length));
    for (int i = 0; i < length; ++i) std::printf("%s%d", i == 0 ? "" : " ", ids[i]);
    std::printf("\n");
  }
  return 0;
}

std::vector<std::vector<llama_token>> read_ids(const std::string& path) {
  std::ifstream file(path);
  if (!file) fail("cannot read " + path);
  std::vector<std::vector<llama_token>> prompts;
  for (std::string line; std::getline(file, line);) {
    std::stringstream words(line);
    std::vector<llama_token> ids;
    for (llama_token id = 0; words >> id;) ids.push_back(id);
    if (!prompts.empty() && ids.size() != prompts.front().size()) fail(path + ": prompts differ in length");
    prompts.push_back(ids);
  }
  if (prompts.empty() || prompts.front().empty() || prompts.front().size() > 512) {
    fail(path + ": expected lines of 1 to 512 ids");
  }
  return prompts;
}

// The 128-byte header of NumPy's .npy format, version 1.0.
std::string npy_header(std::size_t prompts, std::size_t positions, int vocab) {
  std::string shape = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + std::to_string(prompts) + ", " +
                      std::to_string(positions) + ", " + std::to_string(vocab) + "), }";
  shape.resize(128 - 10 - 1, ' ');
  return std::string("\x93NUMPY\x01\x00\x76\x00", 10) + shape + "\n";
}

int logits(const char* path, const Flags& flags) {
  const int threads = flags.number("--threads", 2);
  const bool flash = flags.text("--flash", "off") == "on";
  const auto prompts = read_ids(flags.needed("--ids"));
  const ModelPointer model = load(path, false);
  Session session(model.get(), threads, flash, static_cast<int>(prompts.front().size()) + 1);
  print_engine(threads, flash);
  std::ofstream out(flags.needed("-o"), std::ios::binary);
  out << npy_header(prompts.size(), prompts.front().size(), session.vocab());
  for (const auto& ids : prompts) {
    session.forget_from(0);
    session.decode(ids, 0, true);
    for (std::size_t i = 0; i < ids.size(); ++i) {
      out.write(reinterpret_cast<const char*>(session.logits(static_cast<int>(i))),
                static_cast<std::streamsize>(sizeof(float)) * session.vocab());
    }
  }
  out.close();
  if (!out) fail("cannot write " + flags.needed("-o"));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string command = argc > 2 ? argv[1] : "";
  const Flags flags(argc, argv);
  llama_log_set(
      [](ggml_log_level level, const char* text, void*) {
        if (level == GGML_LOG_LEVEL_ERROR) std::fputs(text, stderr);
      },
      nullptr);
  llama_backend_init();
  if (command == "bench") return bench(argv[2], flags);
  if (command == "tokenize") return tokenize(argv[2], flags);
  if (command == "logits") return logits(argv[2], flags);
  fail("expected: bench|tokenize|logits MODEL [flags]");
}
