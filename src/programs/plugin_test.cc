// SPDX-License-Identifier: Apache-2.0
#include "programs/plugin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/testing/temporary_folder.h"
#include "programs/suite_program.h"

namespace assay::programs {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

std::filesystem::path built(const std::string& kind) {
  return std::filesystem::path(PLUGIN_FOLDER) / ("libplugin_" + kind + ".so");
}

Error error_of(const std::filesystem::path& path) {
  const auto suite = load_plugin(path);
  EXPECT_FALSE(suite);
  return suite ? Error{} : suite.error();
}

TEST(LoadPlugin, GivesASuiteThatCanBeMeasured) {
  const auto suite = load_plugin(built("good"));
  ASSERT_TRUE(suite) << suite.error().message;
  EXPECT_EQ(suite->name, "plugin_good");
  auto program = make_suite_program(*suite, {});
  ASSERT_TRUE(program) << program.error().message;
  ASSERT_EQ((*program)->cases().size(), 2u);
  auto runner = (*program)->make_runner((*program)->cases()[1]);
  ASSERT_TRUE(runner) << runner.error().message;
  measure::OutputEvidence output;
  ASSERT_TRUE((*runner)->restore());
  (*runner)->poison();
  ASSERT_TRUE((*runner)->call());
  ASSERT_TRUE((*runner)->check(output));
  EXPECT_EQ(output.calls_wrong, 0) << output.worst_place;
  EXPECT_TRUE(output.checker_can_fail);
}

TEST(LoadPlugin, RefusesAnotherAbiWithBothTexts) {
  const Error error = error_of(built("old_abi"));
  EXPECT_EQ(error.code, ErrorCode::kUnsupported);
  EXPECT_THAT(error.message, HasSubstr(std::string("expected '") + ASSAY_ABI +
                                       "', got 'assay 0, libstdc++ cxx11=1'; build it again"));
}

TEST(LoadPlugin, RefusesAnotherLayoutOfEntries) {
  EXPECT_THAT(error_of(built("other_layout")).message,
              HasSubstr("expected entries of " + std::to_string(sizeof(Entry)) + " bytes, got 8; build it"));
}

TEST(LoadPlugin, RefusesALibraryThatIsNoPlugin) {
  const Error error = error_of(built("no_plugin"));
  EXPECT_EQ(error.code, ErrorCode::kUnsupported);
  EXPECT_THAT(error.message, HasSubstr("no plug-in of assay: 'assay_plugin_abi' is missing"));
}

TEST(LoadPlugin, RefusesAMissingFileAndOneThatIsNoLibrary) {
  const testing::TemporaryFolder folder;
  EXPECT_EQ(error_of(folder.path() / "none.so").code, ErrorCode::kNotFound);
  const auto text = folder.path() / "text.so";
  std::ofstream(text) << "hello";
  const Error error = error_of(text);
  EXPECT_EQ(error.code, ErrorCode::kCorrupt);
  EXPECT_THAT(error.message, HasSubstr("cannot be loaded as a shared library"));
}

TEST(LoadPlugin, TurnsAnExceptionIntoAnError) {
  EXPECT_THAT(error_of(built("throws")).message, EndsWith("defining the suite threw: no table of sizes"));
}

}  // namespace
}  // namespace assay::programs
