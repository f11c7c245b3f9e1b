// SPDX-License-Identifier: Apache-2.0
#include "programs/kernel_library.h"

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "measure/environment.h"
#include "programs/assay_kernels.h"

namespace assay::programs {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// Entries whose "device" variants work on memory of the host, so that the way there needs no device.
Suite scripted() {
  Suite suite("scripted");
  Entry& scale = suite.entry("scale.cuda")
                     .axis("type", {"f32", "f64"})
                     .in("x", DType::kF32, {"n"})
                     .out("y", DType::kF32, {"n"});
  scale.points.push_back(Point({{"type", "f32"}, {"n", "4"}}));
  const auto doubles = [](Call& call) {
    return [&call] {
      for (std::int64_t i = 0; i < call["n"]; ++i)
        call.data<float>("y")[static_cast<std::size_t>(i)] =
            2 * call.data<float>("x")[static_cast<std::size_t>(i)];
    };
  };
  scale.variant("cuda.doubles", doubles).on_cuda();
  scale.variant("cuda.small_only", doubles).on_cuda();
  scale.variants.back().takes = [](const Point& p) { return p["n"] < 8; };
  scale.variant("cuda.absent", doubles).on_cuda();
  scale.variants.back().unavailable = [] { return std::string("needs sm_90a, the device has sm_80"); };
  scale.variant("cuda.aligned", doubles).on_cuda();
  scale.variants.back().alignment_bytes = 256;
  scale
      .variant("cuda.fails",
               [](Call&) -> std::function<void()> {
                 return [] {
                   throw std::runtime_error("cuda: scale: invalid argument (cudaErrorInvalidValue)");
                 };
               })
      .on_cuda();
  scale
      .variant("cuda.unbindable",
               [](Call&) -> std::function<void()> { throw std::runtime_error("scratch: none left"); })
      .on_cuda();
  scale
      .variant(
          "cuda.chooses",
          [](Call& call) -> std::function<void()> { return [&call] { call.ran("scale/cuda.doubles"); }; })
      .on_cuda();
  scale.variant("cpu.plain", doubles);
  return suite;
}

struct Bound {
  std::array<float, 4> x{1, 2, 3, 4};
  std::array<float, 4> y{};
  Suite suite = scripted();

  Result<std::unique_ptr<BoundKernel>> bind(std::string_view variant,
                                            std::string_view axes = "type=f32 n=4") {
    void* const pointers[] = {x.data(), y.data()};
    return bind_kernel(suite, variant, axes, pointers, nullptr);
  }
  std::string error(std::string_view variant, std::string_view axes = "type=f32 n=4") {
    const auto kernel = bind(variant, axes);
    EXPECT_FALSE(kernel);
    return kernel ? "" : kernel.error().message;
  }
};

TEST(KernelLibrary, RunsAVariantOnTheCallersBuffers) {
  Bound b;
  auto kernel = b.bind("scale.cuda/cuda.doubles");
  ASSERT_TRUE(kernel) << kernel.error().message;
  ASSERT_TRUE((*kernel)->call());
  EXPECT_EQ(b.y, (std::array<float, 4>{2, 4, 6, 8}));
  EXPECT_EQ((*kernel)->ran(), "scale.cuda/cuda.doubles");
}

TEST(KernelLibrary, TakesAxesInAnyOrderAndNumbersThatNoPointHas) {
  Bound b;
  auto kernel = b.bind("scale.cuda/cuda.doubles", " n=3  type=f64 ");
  ASSERT_TRUE(kernel) << kernel.error().message;
  ASSERT_TRUE((*kernel)->call());
  EXPECT_EQ(b.y, (std::array<float, 4>{2, 4, 6, 0}));
}

TEST(KernelLibrary, RefusesWrongAxesByName) {
  Bound b;
  const std::string variant = "scale.cuda/cuda.doubles";
  EXPECT_EQ(b.error(variant, "type=f32"), "entry 'scale.cuda': axis 'n' is missing; expected type, n");
  EXPECT_EQ(b.error(variant, "type=f32 n=4 m=1"), "entry 'scale.cuda': no axis 'm'; it has type, n");
  EXPECT_EQ(b.error(variant, "type=f16 n=4"),
            "entry 'scale.cuda': axis 'type' is 'f16', expected one of f32, f64");
  EXPECT_EQ(b.error(variant, "type=f32 n=-4"),
            "entry 'scale.cuda': axis 'n' is '-4', expected a whole number from 0");
  EXPECT_EQ(b.error(variant, "type=f32 n=four"),
            "entry 'scale.cuda': axis 'n' is 'four', expected a whole number from 0");
  EXPECT_EQ(b.error(variant, "type=f32 n=4 n=4"), "entry 'scale.cuda': axis 'n' occurs twice");
  EXPECT_EQ(b.error(variant, "f32 n=4"), "entry 'scale.cuda': got 'f32', expected axis=value");
}

TEST(KernelLibrary, RefusesSizesThatOverflow) {
  Bound b;
  EXPECT_THAT(b.error("scale.cuda/cuda.doubles", "type=f32 n=9223372036854775807"), HasSubstr("scale.cuda"));
}

TEST(KernelLibrary, RefusesWrongPointers) {
  Bound b;
  void* const one[] = {b.x.data()};
  const auto few = bind_kernel(b.suite, "scale.cuda/cuda.doubles", "type=f32 n=4", one, nullptr);
  ASSERT_FALSE(few);
  EXPECT_EQ(few.error().message, "entry 'scale.cuda': got 1 pointers, expected 2: x, y");
  void* const null[] = {b.x.data(), nullptr};
  const auto absent = bind_kernel(b.suite, "scale.cuda/cuda.doubles", "type=f32 n=4", null, nullptr);
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().message, "entry 'scale.cuda': the pointer of 'y' is null, expected 16 bytes");
  EXPECT_TRUE(bind_kernel(b.suite, "scale.cuda/cuda.doubles", "type=f32 n=0", null, nullptr));
  void* const odd[] = {reinterpret_cast<std::byte*>(b.x.data()) + 1, b.y.data()};
  const auto shifted = bind_kernel(b.suite, "scale.cuda/cuda.doubles", "type=f32 n=1", odd, nullptr);
  ASSERT_FALSE(shifted);
  EXPECT_THAT(shifted.error().message, HasSubstr("'x' is not a multiple of 4 bytes"));
}

TEST(KernelLibrary, RefusesPointersThatTheVariantDoesNotTake) {
  Bound b;
  alignas(256) std::array<float, 64> aligned{};
  void* const pointers[] = {aligned.data(), aligned.data() + 1};
  const auto kernel = bind_kernel(b.suite, "scale.cuda/cuda.aligned", "type=f32 n=4", pointers, nullptr);
  ASSERT_FALSE(kernel);
  EXPECT_EQ(kernel.error().message,
            "variant 'scale.cuda/cuda.aligned': the pointer of 'y' is not a multiple of 256 bytes");
}

TEST(KernelLibrary, RefusesWhatCannotRun) {
  Bound b;
  EXPECT_EQ(b.error("scale.cuda/cuda.small_only", "type=f32 n=8"),
            "variant 'scale.cuda/cuda.small_only' does not take type=f32 n=8");
  EXPECT_EQ(b.error("scale.cuda/cuda.absent"),
            "variant 'scale.cuda/cuda.absent' cannot run here: needs sm_90a, the device has sm_80");
  EXPECT_EQ(b.error("scale.cuda/cpu.plain"),
            "variant 'scale.cuda/cpu.plain' runs on the CPU; expected one on a CUDA device");
  EXPECT_THAT(b.error("scale.cuda/cuda.other"), StartsWith("no variant 'scale.cuda/cuda.other'"));
}

TEST(KernelLibrary, TurnsWhatAVariantThrowsIntoOneLine) {
  Bound b;
  EXPECT_EQ(b.error("scale.cuda/cuda.unbindable"),
            "scale.cuda/cuda.unbindable type=f32 n=4: binding: scratch: none left");
  auto kernel = b.bind("scale.cuda/cuda.fails");
  ASSERT_TRUE(kernel);
  const auto called = (*kernel)->call();
  ASSERT_FALSE(called);
  EXPECT_EQ(called.error().message,
            "scale.cuda/cuda.fails type=f32 n=4: cuda: scale: invalid argument (cudaErrorInvalidValue)");
}

TEST(KernelLibrary, SaysWhatRan) {
  Bound b;
  auto kernel = b.bind("scale.cuda/cuda.chooses");
  ASSERT_TRUE(kernel);
  ASSERT_TRUE((*kernel)->call());
  EXPECT_EQ((*kernel)->ran(), "scale/cuda.doubles");
}

TEST(KernelLibrary, DescribesKernelsAndBuffers) {
  const Suite suite = scripted();
  const auto kernels = nlohmann::json::parse(describe_kernels(suite));
  ASSERT_EQ(kernels.size(), 1u);
  EXPECT_EQ(kernels[0]["axes"]["n"], nlohmann::json::array({"4"}));
  EXPECT_EQ(kernels[0]["points"][0]["type"], "f32");
  EXPECT_EQ(kernels[0]["variants"].size(), 7u);  // the CPU's is not among them
  const auto buffers = describe_buffers(suite, "scale.cuda/cuda.doubles", "type=f32 n=4");
  ASSERT_TRUE(buffers);
  EXPECT_EQ(*buffers, R"([{"name":"x","role":"in","dtype":"f32","rows":1,"cols":4,"bytes":16},)"
                      R"({"name":"y","role":"out","dtype":"f32","rows":1,"cols":4,"bytes":16}])");
}

// The shared library itself, as another program would load it.
class KernelsFile : public ::testing::Test {
 protected:
  void SetUp() override {
    library_ = dlopen(KERNELS_FILE, RTLD_NOW | RTLD_LOCAL);
    ASSERT_NE(library_, nullptr) << dlerror();
  }
  template <typename Function>
  Function* get(const char* name) {
    return reinterpret_cast<Function*>(dlsym(library_, name));
  }
  void* library_ = nullptr;
};

TEST_F(KernelsFile, ExportsItsFunctionsAndNothingElse) {
  for (const char* name :
       {"assay_kernels_version", "assay_kernels_list", "assay_kernel_buffers", "assay_kernel_bind",
        "assay_kernel_call", "assay_kernel_error", "assay_kernel_ran", "assay_kernel_free"})
    EXPECT_NE(dlsym(library_, name), nullptr) << name;
  EXPECT_EQ(dlsym(library_, "_ZN5assay7kernels11all_kernelsEv"), nullptr);
}

TEST_F(KernelsFile, ListsKernelsOrSaysThatThereIsNoCuda) {
  const auto list = get<decltype(assay_kernels_list)>("assay_kernels_list");
  const std::string version = get<decltype(assay_kernels_version)>("assay_kernels_version")();
  std::string text(static_cast<std::size_t>(list(nullptr, 0)) + 1, '?');
  EXPECT_EQ(list(text.data(), text.size()) + 1, static_cast<std::int64_t>(text.size()));
  EXPECT_EQ(text.back(), '\0');
  text.pop_back();
  const auto kernels = nlohmann::json::parse(text);
  EXPECT_TRUE(kernels.is_array());
  EXPECT_TRUE(version.ends_with(measure::git_revision()));
  if (version.starts_with("assay kernels 1, built without CUDA, ")) {
    EXPECT_TRUE(kernels.empty());
  } else {
    EXPECT_TRUE(version.starts_with("assay kernels 1, CUDA, ")) << version;
  }
}

TEST_F(KernelsFile, GivesOneLineForAWrongVariant) {
  const auto bind = get<decltype(assay_kernel_bind)>("assay_kernel_bind");
  std::array<char, 256> error{};
  EXPECT_EQ(bind("no/such", "n=1", nullptr, 0, nullptr, error.data(), error.size()), nullptr);
  EXPECT_THAT(error.data(), StartsWith("no variant 'no/such'"));
  std::array<char, 8> few{};
  EXPECT_EQ(bind("no/such", "n=1", nullptr, 0, nullptr, few.data(), few.size()), nullptr);
  EXPECT_STREQ(few.data(), "no vari");
  EXPECT_EQ(bind(nullptr, nullptr, nullptr, -1, nullptr, nullptr, 0), nullptr);
  EXPECT_EQ(get<decltype(assay_kernel_buffers)>("assay_kernel_buffers")("no/such", "", nullptr, 0,
                                                                        error.data(), error.size()),
            -1);
}

TEST_F(KernelsFile, SurvivesNullKernels) {
  EXPECT_EQ(get<decltype(assay_kernel_call)>("assay_kernel_call")(nullptr), 1);
  EXPECT_STREQ(get<decltype(assay_kernel_error)>("assay_kernel_error")(nullptr), "the kernel is null");
  get<decltype(assay_kernel_free)>("assay_kernel_free")(nullptr);
}

}  // namespace
}  // namespace assay::programs
