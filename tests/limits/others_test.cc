// Other people in the store's directory: files of theirs appear, ours go, are cut short or swapped,
// and another process wants the store too. Nothing of theirs is touched, what is wrong is named,
// and nothing that is still there is lost.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/limits/support.h"
#include "tests/support/stacks.h"

namespace loam::test {
namespace {

namespace fs = std::filesystem;

Stack on_disk() { return {.name = "disk", .codec = "none", .filter = "bloom", .on_disk = true}; }

void write_text(const std::string& path, const std::string& text) { std::ofstream(path) << text; }
std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void expect_damage(const Status& status, const std::string& name) {
  EXPECT_EQ(status.code(), Code::kCorruption) << status.to_string();
  EXPECT_NE(status.message().find(name), std::string::npos) << status.to_string();
}

/// A filled store, closed or open, on posix.
class Others : public testing::Test {
 protected:
  Others() : store_(on_disk()) {
    store_.options.max_open_files = 16;  // the fewest: most tables are opened anew for each read
    store_.open();
    fill(store_.db(), ledger_);
  }
  [[nodiscard]] std::string file(const std::string& name) const {
    return store_.path() + "/" + name;
  }
  /// Every key read: right, or an error that names `table`. How many were errors.
  int count_failures(const std::string& table) {
    int failures = 0;
    for (int i = 0; i < 300; ++i) {
      const auto found = store_.db().get(key_of(i));
      if (found.ok()) {
        EXPECT_EQ(ledger_.wrong(key_of(i), *found), "");
        continue;
      }
      ++failures;
      expect_damage(found.status(), table);
    }
    return failures;
  }

  TestStore store_;
  Ledger ledger_;
};

TEST_F(Others, FilesOfTheirsStayWhereTheyAre) {
  const std::vector<std::string> names = {
      "notes.txt",   "table.ldb",    "12.ldb",           "000012.ldb.bak",
      "x000012.ldb", "MANIFEST-abc", "MANIFEST",         "CURRENT.bak",
      "CURRENT~",    "000007.log.1", ".nfs000000000042", "99999999999999999999999.ldb",
      "-1.log",      "STACK.mine",   "000012.LDB",       "0x0012.log",
      "LOCK.old",    "LOG.older"};
  for (const std::string& name : names) write_text(file(name), "theirs: " + name);
  fs::create_directory(file("000901.ldb"));
  write_text(file("000901.ldb") + "/inside", "theirs");
  fs::create_directory(file("lost+found"));
  const auto expect_theirs = [&](const char* when) {
    for (const std::string& name : names) {
      EXPECT_EQ(text_of(file(name)), "theirs: " + name) << when << ": " << name;
    }
    EXPECT_EQ(text_of(file("000901.ldb") + "/inside"), "theirs") << when;
    EXPECT_TRUE(fs::is_directory(file("lost+found"))) << when;
  };
  ASSERT_TRUE(store_.db().compact_range().ok());
  expect_theirs("a compaction");
  store_.reopen();
  expect_theirs("opening");
  EXPECT_EQ(ledger_.difference(store_.db()), "");
  ASSERT_TRUE(store_.close().ok());
  EXPECT_TRUE(Db::verify(store_.path(), store_.options).ok());
  const auto repaired = Db::repair(store_.path(), store_.options);
  ASSERT_TRUE(repaired.ok()) << repaired.status().to_string();
  EXPECT_FALSE(repaired->changed);
  expect_theirs("a repair");
  const Status destroyed = Db::destroy(store_.path(), store_.options);
  EXPECT_NE(destroyed.to_string().find("000901.ldb"), std::string::npos) << destroyed.to_string();
  expect_theirs("destroying");
}

TEST_F(Others, AnyFileOfAClosedStoreThatIsMissingIsNamed) {
  ASSERT_TRUE(ledger_.put(store_.db(), "in the log", "v", true).ok());
  ASSERT_TRUE(store_.close().ok());
  std::vector<std::string> needed = names_ending(store_.path(), ".ldb");
  ASSERT_GT(needed.size(), 4u);
  for (const std::string& name : names_ending(store_.path(), ".log")) needed.push_back(name);
  for (const auto& [name, text] : contents_of(store_.path())) {
    if (name.starts_with("MANIFEST-")) needed.push_back(name);
  }
  needed.emplace_back("CURRENT");
  for (const std::string& name : needed) {
    SCOPED_TRACE(name);
    fs::rename(file(name), store_.path() + ".aside");
    const auto before = contents_of(store_.path());
    expect_damage(Db::open(store_.path(), store_.options).status(), name);
    expect_damage(Db::open_read_only(store_.path(), store_.options).status(), name);
    EXPECT_EQ(contents_of(store_.path()), before) << "on doubt nothing is touched";
    fs::rename(store_.path() + ".aside", file(name));
  }
  store_.open();
  EXPECT_EQ(ledger_.difference(store_.db()), "");
}

TEST_F(Others, ATableThatGoesUnderAnOpenStoreIsNamedAndMayComeBack) {
  int failures = 0;
  for (const std::string& table : names_ending(store_.path(), ".ldb")) {
    fs::rename(file(table), store_.path() + ".aside");
    failures += count_failures(table);
    fs::rename(store_.path() + ".aside", file(table));
  }
  EXPECT_GT(failures, 0);
  EXPECT_EQ(ledger_.difference(store_.db()), "");

  const std::string table = names_ending(store_.path(), ".ldb").front();
  fs::rename(file(table), store_.path() + ".aside");
  expect_damage(store_.db().compact_range(), table);
  expect_damage(ledger_.put(store_.db(), "refused", "v"), table);
  fs::rename(store_.path() + ".aside", file(table));
  const Status resumed = store_.db().resume();
  ASSERT_TRUE(resumed.ok()) << resumed.to_string();
  const Status compacted = store_.db().compact_range();
  EXPECT_TRUE(compacted.ok()) << compacted.to_string();
  EXPECT_EQ(ledger_.difference(store_.db()), "");
}

TEST_F(Others, ATableThatIsCutOrSwappedUnderAnOpenStoreIsNamed) {
  const auto tables = names_ending(store_.path(), ".ldb");
  int failures = 0;
  for (std::size_t i = 0; i < tables.size(); ++i) {
    SCOPED_TRACE(tables[i]);
    const std::string whole = text_of(file(tables[i]));
    const std::string other = text_of(file(tables[(i + 1) % tables.size()]));
    std::string flipped = whole;
    flipped[whole.size() / 3] ^= 1;
    for (const std::string& bad : {std::string(), whole.substr(0, whole.size() / 2), other,
                                   std::string(whole.size(), '\0')}) {
      write_text(file(tables[i]), bad);  // in place, under whoever has it open
      failures += count_failures(tables[i]);
    }
    write_text(file(tables[i]), flipped);
    failures += count_failures(tables[i]);
    write_text(file(tables[i]), whole);
  }
  EXPECT_GT(failures, 100);
  EXPECT_EQ(ledger_.difference(store_.db()), "");
}

TEST_F(Others, ADirectoryOrAPipeInPlaceOfAFileIsNamed) {
  ASSERT_TRUE(store_.close().ok());
  std::vector<std::string> needed = names_ending(store_.path(), ".ldb");
  for (const std::string& name : names_ending(store_.path(), ".log")) needed.push_back(name);
  for (const auto& [name, text] : contents_of(store_.path())) {
    if (name.starts_with("MANIFEST-")) needed.push_back(name);
  }
  for (const char* name : {"CURRENT", "LOCK"}) needed.emplace_back(name);
  for (const std::string& name : needed) {
    for (const bool pipe : {false, true}) {
      if (pipe && name == "LOCK") continue;  // which can be locked as well
      SCOPED_TRACE(name + (pipe ? " as a pipe" : " as a directory"));
      fs::rename(file(name), store_.path() + ".aside");
      if (pipe) {
        ASSERT_EQ(::mkfifo(file(name).c_str(), 0600), 0);
      } else {
        fs::create_directory(file(name));
      }
      const Status status = Db::open(store_.path(), store_.options).status();
      EXPECT_FALSE(status.ok());
      EXPECT_NE(status.message().find(name), std::string::npos) << status.to_string();
      fs::remove(file(name));
      fs::rename(store_.path() + ".aside", file(name));
    }
  }
  store_.open();
  EXPECT_EQ(ledger_.difference(store_.db()), "");
}

/// What links point to is never written, whoever made the links.
TEST_F(Others, LinksThatTheyPutThereAreNotWrittenThrough) {
  ASSERT_TRUE(store_.close().ok());
  const std::string outside = store_.path() + ".outside";
  const std::string current = text_of(file("CURRENT"));
  write_text(outside, current);
  fs::remove(file("CURRENT"));
  fs::create_symlink(outside, file("CURRENT"));
  // Where the next files will lie, and the drafts of CURRENT.
  const std::string victim = store_.path() + ".victim";
  write_text(victim, "precious");
  for (const std::string& name : {std::string("LOG"), std::string("LOG.old")}) {
    fs::remove(file(name));
    fs::create_symlink(victim, file(name));
  }
  for (int number = 1; number < 1000; ++number) {
    std::string digits = std::to_string(number);
    digits.insert(0, 6 - digits.size(), '0');
    for (const std::string& name :
         {digits + ".dbtmp", digits + ".log", digits + ".ldb", "MANIFEST-" + digits}) {
      if (!fs::exists(file(name))) fs::create_symlink(victim, file(name));
    }
  }
  for (int i = 0; i < 3; ++i) {
    auto db = Db::open(store_.path(), store_.options);
    if (!db.ok()) {
      EXPECT_NE(db.status().message().find(store_.path()), std::string::npos)
          << db.status().to_string();
      continue;
    }
    EXPECT_EQ(ledger_.difference(**db), "");
    const Status put = ledger_.put(**db, "k", "v", true);
    const Status flushed = (*db)->flush();
    EXPECT_TRUE(put.ok() && flushed.ok()) << put.to_string() << "; " << flushed.to_string();
  }
  EXPECT_EQ(text_of(victim), "precious");
  EXPECT_EQ(text_of(outside), current);
}

TEST_F(Others, CurrentThatNamesNoManifestOfOursIsDamage) {
  ASSERT_TRUE(store_.close().ok());
  const std::string whole = text_of(file("CURRENT"));
  for (const std::string& text :
       {std::string(), std::string("\n"), whole.substr(0, whole.size() - 1), whole + whole,
        std::string("MANIFEST-000999\n"), std::string("../store/") + whole,
        std::string("/etc/passwd\n"), std::string(100000, 'M'), std::string("LOCK\n")}) {
    write_text(file("CURRENT"), text);
    const auto before = contents_of(store_.path());
    expect_damage(Db::open(store_.path(), store_.options).status(),
                  text.starts_with("MANIFEST-000999") ? "MANIFEST-000999" : "CURRENT");
    EXPECT_EQ(contents_of(store_.path()), before);
  }
  write_text(file("CURRENT"), whole);
  store_.open();
  EXPECT_EQ(ledger_.difference(store_.db()), "");
}

/// The store stays held by this process, though nobody can see it any more.
TEST_F(Others, TheLockThatTheyRemoveIsStillHeldHere) {
  fs::remove(file("LOCK"));
  const auto second = Db::open(store_.path(), store_.options);
  EXPECT_EQ(second.status().code(), Code::kBusy) << second.status().to_string();
  EXPECT_EQ(Db::destroy(store_.path(), store_.options).code(), Code::kBusy);
  EXPECT_TRUE(ledger_.put(store_.db(), "k", "v", true).ok());
  EXPECT_TRUE(store_.db().flush().ok());
  EXPECT_EQ(ledger_.difference(store_.db()), "");
  store_.reopen();
  EXPECT_EQ(ledger_.difference(store_.db()), "");
}

/// Another process. It opens the store when told to, writes, and holds it until this object goes.
class Holder {
 public:
  Holder(const std::string& path, const Options& options) {
    EXPECT_EQ(::pipe(to_), 0);
    EXPECT_EQ(::pipe(from_), 0);
    child_ = ::fork();
    if (child_ == 0) hold(path, options);
  }
  ~Holder() {
    for (const int end : {to_[0], to_[1], from_[0], from_[1]}) ::close(end);
    if (child_ > 0) ::waitpid(child_, nullptr, 0);
  }
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;

  void open() const {
    char answer = 0;
    EXPECT_EQ(::write(to_[1], "g", 1), 1);
    EXPECT_EQ(::read(from_[0], &answer, 1), 1);
    EXPECT_EQ(answer, 'o') << "the other process could not open the store";
  }

 private:
  [[noreturn]] void hold(const std::string& path, const Options& options) {
    ::close(to_[1]);
    char word = 0;
    if (::read(to_[0], &word, 1) != 1) ::_exit(1);
    auto db = Db::open(path, options);
    const bool written = db.ok() && (*db)->put("by another", "process").ok() &&
                         (*db)->flush().ok() && (*db)->put("and", "more").ok() &&
                         (*db)->wait_for_background().ok();
    const char answer = written ? 'o' : 'x';
    const bool told = ::write(from_[1], &answer, 1) == 1 && ::read(to_[0], &word, 1) == 0;
    ::_exit(told ? 0 : 1);  // as a process that is killed
  }

  int to_[2]{};
  int from_[2]{};
  pid_t child_ = -1;
};

TEST_F(Others, ASecondProcessIsTurnedAwayAndMayRead) {
  ASSERT_TRUE(store_.close().ok());
  {
    const Holder holder(store_.path(), store_.options);
    holder.open();
    const auto before = contents_of(store_.path());
    const Status refused = Db::open(store_.path(), store_.options).status();
    EXPECT_EQ(refused.code(), Code::kBusy) << refused.to_string();
    EXPECT_NE(refused.message().find(store_.path()), std::string::npos) << refused.to_string();
    EXPECT_EQ(Db::destroy(store_.path(), store_.options).code(), Code::kBusy);
    EXPECT_EQ(Db::repair(store_.path(), store_.options).status().code(), Code::kBusy);
    EXPECT_EQ(contents_of(store_.path()), before);
    auto read = Db::open_read_only(store_.path(), store_.options);
    ASSERT_TRUE(read.ok()) << read.status().to_string();
    EXPECT_EQ((*read)->get("by another").value(), "process");
  }
  store_.open();
  EXPECT_EQ(store_.db().get("by another").value(), "process");
}

/// Without its LOCK a store can be taken over. The first process notices at its next change to the
/// store's tables: it says so and stops, and nothing of the second one's is overwritten or removed.
TEST(Takeover, IsNoticedAndHarmsNeither) {
  TestStore store(on_disk());
  const Holder holder(store.path(), store.options);
  store.open();
  Ledger ledger;
  fill(store.db(), ledger);
  fs::remove(store.path() + "/LOCK");
  holder.open();
  const auto theirs = contents_of(store.path());
  EXPECT_TRUE(ledger.put(store.db(), "unheard", "v").ok()) << "writes go on until then";
  for (const Status& refused :
       {store.db().flush(), store.db().resume(), store.db().put("refused", "v")}) {
    expect_damage(refused, "somebody else has changed this store");
  }
  static_cast<void>(store.close().ok());
  for (const auto& [name, text] : theirs) {
    if (name.ends_with(".log")) continue;
    EXPECT_EQ(text_of(store.path() + "/" + name), text) << name;
  }
  auto read = Db::open_read_only(store.path(), store.options);
  ASSERT_TRUE(read.ok()) << read.status().to_string();
  EXPECT_EQ((*read)->get("by another").value(), "process");
  EXPECT_EQ((*read)->get("and").value(), "more");
}

/// So with CURRENT alone: it may come back, and then the store goes on.
TEST_F(Others, CurrentThatGoesUnderAnOpenStoreIsNamedAndMayComeBack) {
  ASSERT_TRUE(ledger_.put(store_.db(), "k", "v").ok());
  fs::rename(file("CURRENT"), store_.path() + ".aside");
  expect_damage(store_.db().flush(), "CURRENT");
  EXPECT_EQ(ledger_.difference(store_.db()), "");
  fs::rename(store_.path() + ".aside", file("CURRENT"));
  const Status resumed = store_.db().resume();
  ASSERT_TRUE(resumed.ok()) << resumed.to_string();
  EXPECT_TRUE(store_.db().flush().ok());
  store_.reopen();
  EXPECT_EQ(ledger_.difference(store_.db()), "");
}

}  // namespace
}  // namespace loam::test
