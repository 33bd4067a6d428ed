#include "tests/limits/support.h"

#include <fcntl.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/support/reference.h"

namespace loam::test {

namespace {

constexpr int kWrites = 400;
constexpr int kKeys = 300;
constexpr uid_t kNobody = 65534;

}  // namespace

Status Ledger::put(Db& db, const std::string& key, const std::string& value, bool sync) {
  WriteOptions how;
  how.sync = sync;
  Status status = db.put(key, value, how);
  Entry& entry = entries_[key];
  if (status.ok()) {
    entry = {value, {}};
  } else {
    entry.perhaps.push_back(value);
  }
  return status;
}

std::string Ledger::wrong(const std::string& key, const std::optional<std::string>& found) const {
  const auto at = entries_.find(key);
  if (at == entries_.end()) return found ? key + " was never written" : "";
  const Entry& entry = at->second;
  if (!found) return entry.acknowledged ? key + " is lost" : "";
  const bool known =
      found == entry.acknowledged ||
      std::find(entry.perhaps.begin(), entry.perhaps.end(), *found) != entry.perhaps.end();
  return known ? "" : key + " holds " + escaped(*found);
}

std::string Ledger::difference(Db& db) const {
  for (const auto& [key, entry] : entries_) {
    const auto found = db.get(key);
    if (!found.ok()) return "get " + key + ": " + found.status().to_string();
    if (std::string text = wrong(key, *found); !text.empty()) return "get: " + text;
  }
  std::string text = walk_difference(db, false);
  return text.empty() ? walk_difference(db, true) : text;
}

std::string Ledger::walk_difference(Db& db, bool reverse) const {
  const std::string way = reverse ? "walk back: " : "walk: ";
  const Walked walked = walk(db, OrderKind::kBytewise, {}, reverse);
  if (!walked.status.ok()) return way + walked.status.to_string();
  if (!walked.ascending) return way + "keys do not rise";
  const auto& found = walked.found.map();
  for (const auto& [key, value] : found) {
    if (std::string text = wrong(key, value); !text.empty()) return way + text;
  }
  for (const auto& [key, entry] : entries_) {
    if (entry.acknowledged && found.find(key) == found.end()) return way + key + " is lost";
  }
  return {};
}

std::string key_of(int i) { return "key" + std::to_string(i * 7919 % kKeys); }
std::string value_of(int i) { return std::to_string(i) + std::string(60, 'v'); }

void fill(Db& db, Ledger& ledger) {
  constexpr int kBetweenSyncs = 40;
  constexpr int kBetweenFlushes = 90;
  for (int i = 0; i < kWrites; ++i) {
    const Status put = ledger.put(db, key_of(i), value_of(i), i % kBetweenSyncs == 0);
    ASSERT_TRUE(put.ok()) << put.to_string();
    if (i % kBetweenFlushes != kBetweenFlushes - 1) continue;
    const Status flushed = db.flush();
    ASSERT_TRUE(flushed.ok()) << flushed.to_string();
  }
  const Status idle = db.wait_for_background();
  ASSERT_TRUE(idle.ok()) << idle.to_string();
}

DescriptorLimit::DescriptorLimit(int spare) {
  ::getrlimit(RLIMIT_NOFILE, &before_);
  int end = 0;
  for (int left = spare; left >= 0; ++end) {
    if (::fcntl(end, F_GETFD) < 0) --left;
  }
  struct rlimit limit = before_;
  limit.rlim_cur = static_cast<rlim_t>(end - 1);
  EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
}

DescriptorLimit::~DescriptorLimit() { ::setrlimit(RLIMIT_NOFILE, &before_); }

FileSizeLimit::FileSizeLimit(rlim_t bytes) {
  ::signal(SIGXFSZ, SIG_IGN);
  ::getrlimit(RLIMIT_FSIZE, &before_);
  struct rlimit limit = before_;
  limit.rlim_cur = bytes;
  EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
}

FileSizeLimit::~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }

namespace {

bool become_ordinary() {
  if (::geteuid() != 0) return true;
  return ::setgroups(0, nullptr) == 0 && ::setgid(kNobody) == 0 && ::setuid(kNobody) == 0;
}

[[noreturn]] void run_and_exit(const std::function<void()>& body) {
  try {
    EXPECT_TRUE(become_ordinary()) << "root cannot become an ordinary user";
    if (!testing::Test::HasFailure()) body();
  } catch (const std::exception& e) {
    ADD_FAILURE() << e.what();
  }
  std::fflush(nullptr);
  ::_exit(testing::Test::HasFailure() ? 1 : 0);
}

}  // namespace

void as_ordinary_user(const std::function<void()>& body) {
  std::fflush(nullptr);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) run_and_exit(body);
  int state = 0;
  ASSERT_EQ(::waitpid(child, &state, 0), child);
  EXPECT_TRUE(WIFEXITED(state) && WEXITSTATUS(state) == 0)
      << "in the process of an ordinary user, state " << state;
}

std::map<std::string, std::string> contents_of(const std::string& directory) {
  std::map<std::string, std::string> contents;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    const std::string name = entry.path().filename().string();
    if (name == "LOG" || name == "LOG.old" || name == "LOCK") continue;
    std::ifstream file(entry.path(), std::ios::binary);
    contents[name] = std::string(std::istreambuf_iterator<char>(file), {});
  }
  return contents;
}

std::vector<std::string> names_ending(const std::string& directory, const std::string& end) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    std::string name = entry.path().filename().string();
    if (name.ends_with(end)) names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace loam::test
