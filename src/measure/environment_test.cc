// SPDX-License-Identifier: Apache-2.0
#include "measure/environment.h"

#include <gtest/gtest.h>

namespace assay::measure {
namespace {

constexpr std::string_view kCpuInfo =
    "processor\t: 0\nmodel name\t: AMD EPYC 7B13\nflags\t\t: fpu hypervisor avx2\n\n"
    "processor\t: 1\nmodel name\t: another\n";

TEST(Environment, TakesTheFirstCpuName) {
  EXPECT_EQ(parse_cpu_name(kCpuInfo), "AMD EPYC 7B13");
  EXPECT_EQ(parse_cpu_name("processor: 0\n"), "");
}

TEST(Environment, SeesAHypervisorInTheFlags) {
  EXPECT_EQ(parse_hypervisor(kCpuInfo), "yes");
  EXPECT_EQ(parse_hypervisor("flags : fpu avx2 nohypervisor\n"), "");
  EXPECT_EQ(parse_hypervisor(""), "");
}

TEST(Environment, ReadsTheMemoryInKibibytes) {
  EXPECT_EQ(parse_memory_bytes("MemTotal:       16384 kB\nMemFree: 1 kB\n"), 16384 * 1024);
  EXPECT_FALSE(parse_memory_bytes("MemTotal: 12 MB\n"));
  EXPECT_FALSE(parse_memory_bytes("MemTotal: 99999999999999999 kB\n"));
  EXPECT_FALSE(parse_memory_bytes("MemFree: 1 kB\n"));
}

TEST(Environment, LeavesTheFileNameOfAPath) {
  EXPECT_EQ(without_folders("/home/ann/models/x.gguf"), "x.gguf");
  EXPECT_EQ(without_folders("--record=/home/ann/out.jsonl"), "--record=out.jsonl");
  EXPECT_EQ(without_folders("/home/ann/"), "ann");
  EXPECT_EQ(without_folders("--threads=2"), "--threads=2");
  EXPECT_EQ(without_folders("bench"), "bench");
  EXPECT_EQ(without_folders("/"), "");
  EXPECT_EQ(without_folders(""), "");
}

TEST(Environment, TellsOfThisMachineAndThisBuild) {
  const Environment environment = collect_environment({.command_line = {"assay", "bench", "/a/b.gguf"}});
  EXPECT_EQ(environment.started_at.size(), std::string("2026-11-21T07:42:00Z").size());
  EXPECT_FALSE(environment.os.empty());
  EXPECT_GT(environment.logical_cpus, 0);
  EXPECT_GT(environment.memory_bytes, 0);
  EXPECT_FALSE(environment.compiler.empty());
  EXPECT_FALSE(environment.version.empty());
  EXPECT_EQ(environment.binary_sha256.size(), 64u);
  EXPECT_EQ(environment.command_line[2], "/a/b.gguf");
}

TEST(Environment, DropsHostUserAndFoldersIfAnonymised) {
  const Environment environment =
      collect_environment({.anonymise = true,
                           .command_line = {"/usr/bin/assay", "bench", "--record=/home/ann/x.jsonl",
                                            "--filter", "saxpy/(plain|fast) ", "--filter=a/b"}});
  EXPECT_EQ(environment.host, "");
  EXPECT_EQ(environment.user, "");
  EXPECT_EQ(environment.command_line,
            (std::vector<std::string>{"assay", "bench", "--record=x.jsonl", "--filter", "saxpy/(plain|fast) ",
                                      "--filter=a/b"}));
  EXPECT_FALSE(environment.os.empty());
}

}  // namespace
}  // namespace assay::measure
