// SPDX-License-Identifier: Apache-2.0
// How fast each variant of the matrix product is on this machine, without an engine around it: decode (one
// row of x) over the matrices of a SmolLM2-135M, as GB/s of packed weights, and prefill (128 rows), as
// GFLOP/s. Not installed.
//   bench_matmul [TYPE] [THREADS] [ISA] [REPETITIONS]
// Prints the best repetition and the median. Weights are random: zeros would flatter.
#include <time.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "kernels/matmul/matmul.h"
#include "values/blocks.h"

namespace {

using namespace assay;

struct Layer {
  std::int64_t rows, cols;
};

struct Model {
  std::vector<values::Tensor> weights;
  std::vector<std::unique_ptr<kernels::PackedMatrix>> matrices;
  double bytes = 0, flops = 0;  // of one row of x
};

values::Tensor random_weights(values::DType type, Layer layer, Random& random) {
  values::Tensor tensor(type, {layer.rows, layer.cols});
  const auto row_size = tensor.bytes().size() / static_cast<std::size_t>(layer.rows);
  std::vector<float> row(static_cast<std::size_t>(layer.cols));
  // A few true rows, repeated in a random order: encoding every row would take longer than the measurement.
  constexpr std::int64_t kTrueRows = 64;
  for (std::int64_t r = 0; r < layer.rows; ++r) {
    const auto out = tensor.bytes().subspan(static_cast<std::size_t>(r) * row_size, row_size);
    if (r < kTrueRows) {
      for (float& v : row) v = static_cast<float>(0.14 * random.normal());
      values::encode_row(type, row, out);
    } else {
      const auto from = tensor.bytes().subspan(random.below(kTrueRows) * row_size, row_size);
      std::copy(from.begin(), from.end(), out.begin());
    }
  }
  return tensor;
}

std::vector<Layer> layers_of_smollm2() {
  const Layer layer[] = {{576, 576},  {192, 576},  {192, 576}, {576, 576},
                         {1536, 576}, {1536, 576}, {576, 1536}};
  std::vector<Layer> shapes;
  for (int i = 0; i < 30; ++i) shapes.insert(shapes.end(), std::begin(layer), std::end(layer));
  return shapes;
}

Model make_model(values::DType type, device::Isa isa, const std::vector<Layer>& shapes,
                 device::ThreadPool& pool) {
  Model model;
  Random random(1);
  for (const Layer& shape : shapes) {
    model.weights.push_back(random_weights(type, shape, random));
    auto packed = kernels::pack_matrix(model.weights.back().view(), isa, &pool);
    model.matrices.push_back(std::move(*packed));
    model.bytes += static_cast<double>(model.weights.back().bytes().size());
    model.flops += 2.0 * static_cast<double>(shape.rows * shape.cols);
  }
  return model;
}

// One pass of `batch` rows through every matrix, a barrier after each, as a forward pass has.
// One thread is timed by its own CPU clock, which stands still while another process has the core.
class ThreadCpuClock final : public Clock {
 public:
  std::int64_t now_ns() override {
    timespec t{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec * 1'000'000'000 + t.tv_nsec;
  }
};

double pass_ns(const Model& model, std::vector<kernels::Activations>& inputs, std::vector<float>& y,
               device::ThreadPool& pool, device::Isa isa, Clock& clock) {
  const std::int64_t start = clock.now_ns();
  pool.run([&](int index) {
    for (const auto& matrix : model.matrices) {
      kernels::Activations& x = inputs[matrix->cols() == 576 ? 0 : 1];
      if (matrix->wants_q8()) {
        kernels::quantise_activations(x, device::part_of(x.rows, index, pool.size()), isa);
        if (x.rows > 1) pool.barrier();
      }
      if (x.rows == 1) pool.barrier();
      matrix->multiply(x, y.data(), matrix->rows(),
                       device::part_of(matrix->rows(), index, pool.size(), matrix->row_grain()));
      pool.barrier();
    }
  });
  return static_cast<double>(clock.now_ns() - start);
}

void measure(const Model& model, std::int64_t batch, device::ThreadPool& pool, device::Isa isa,
             int repetitions, const char* what) {
  SteadyClock wall;
  ThreadCpuClock own;
  Clock& clock = pool.size() == 1 ? static_cast<Clock&>(own) : wall;
  Random random(2);
  std::vector<kernels::Activations> inputs(2);
  for (std::size_t i = 0; i < 2; ++i) {
    inputs[i].reserve(batch, i == 0 ? 576 : 1536);
    inputs[i].rows = batch;
    inputs[i].cols = i == 0 ? 576 : 1536;
    for (float& v : inputs[i].f32) v = static_cast<float>(random.normal());
  }
  std::vector<float> y(static_cast<std::size_t>(batch * 49152));
  std::vector<double> times;
  for (int i = 0; i < repetitions; ++i) times.push_back(pass_ns(model, inputs, y, pool, isa, clock));
  std::sort(times.begin(), times.end());
  const double best = times.front(), median = times[times.size() / 2];
  fmt::print("  {:<12} best {:8.3f} ms {:6.1f} GB/s {:7.1f} GFLOP/s   median {:8.3f} ms\n", what, best * 1e-6,
             model.bytes / best, model.flops * static_cast<double>(batch) / best, median * 1e-6);
}

int number(const char* text, int otherwise) {
  int value = otherwise;
  std::from_chars(text, text + std::char_traits<char>::length(text), value);
  return value;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view type_name = argc > 1 ? argv[1] : "q4_1";
  const auto type = values::dtype_from_name(type_name);
  if (!type || !values::is_weight_type(*type)) {
    fmt::print(stderr, "bench_matmul: '{}' is no weight type\n", type_name);
    return 2;
  }
  const int threads = argc > 2 ? number(argv[2], 1) : 1;
  device::Isa isa = device::best_isa();
  for (const device::Isa one : {device::Isa::kReference, device::Isa::kAvx2, device::Isa::kAvx512Vnni})
    if (argc > 3 && device::isa_name(one) == argv[3]) isa = one;
  const int repetitions = argc > 4 ? number(argv[4], 20) : 20;
  const auto pool = device::ThreadPool::create({threads, false});
  struct Set {
    const char* name;
    std::vector<Layer> shapes;
    int times;
    bool prefill;
  };
  const std::vector<Set> sets = {{"one matrix, in L2", {{576, 576}}, 20, true},
                                 {"30 layers", layers_of_smollm2(), 1, true},
                                 {"head", {{49152, 576}}, 1, false}};
  for (const auto& set : sets) {
    const Model model = make_model(*type, isa, set.shapes, **pool);
    fmt::print("{}: {} threads={} {:.2f} MB\n", set.name, model.matrices[0]->variant(), threads,
               model.bytes * 1e-6);
    measure(model, 1, **pool, isa, repetitions * set.times, "decode");
    if (set.prefill)
      measure(model, 128, **pool, isa, std::max(3, repetitions * set.times / 5), "prefill 128");
  }
  return 0;
}
