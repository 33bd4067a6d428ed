// Every file of a small store in LevelDB's format, cut at every byte, flipped in every byte, and
// taken away: never wrong data with OK, never a crash, and a store that cannot be opened keeps its
// files.
//
// What may be lost with OK: records at the end of the log, which a crash may have cut. Flips of the
// last record are such an end; flips before it are not, since intact records lie behind them.
#include <gtest/gtest.h>

#include <set>

#include "tests/interop/image.h"
#include "tests/interop/stream.h"
#include "tests/support/temporary_directory.h"

namespace loam::test {
namespace {

/// A store with two tables, on different levels, and a log of a few records.
struct Small {
  Image files;
  std::vector<Reference> after;     ///< what is there after the first N records of the log
  std::vector<std::uint64_t> ends;  ///< of the log's records: offsets
  std::set<std::string> keys;       ///< that ever were
};

class Writer {
 public:
  Writer(Engine& engine, std::string path, Small& small)
      : engine_(engine), path_(std::move(path)), small_(small) {}

  void reopen() {
    engine_.close();
    need(engine_.open(path_, {.block_size = 1024, .bloom_bits = 10}));
  }
  void write(const std::vector<Write>& writes) {
    need(engine_.write(writes, false));
    apply(writes, reference_);
    for (const Write& w : writes) small_.keys.insert(w.key);
  }
  /// One record of the log, noted.
  void log(const std::vector<Write>& writes) {
    if (small_.after.empty()) small_.after.push_back(reference_);
    write(writes);
    small_.after.push_back(reference_);
    const Image now = read_image(path_);
    for (const auto& [name, bytes] : now) {
      if (name.ends_with(".log")) small_.ends.push_back(bytes.size());
    }
  }
  void compact() { need(engine_.compact(nullptr, nullptr)); }

 private:
  static void need(const Status& status) {
    if (!status.ok()) throw std::runtime_error(status.to_string());
  }

  Engine& engine_;
  const std::string path_;
  Small& small_;
  Reference reference_;
};

Small make_small(EngineKind kind) {
  const TemporaryDirectory directory(TemporaryDirectory::Where::kMemory);
  const std::string path = directory.path() + "/store";
  Small small;
  const auto engine = make_engine(kind);
  Writer writer(*engine, path, small);
  writer.reopen();
  for (int i = 0; i < 24; ++i) writer.write({{"key" + std::to_string(i * 37 % 100), "old"}});
  writer.compact();
  for (int i = 0; i < 6; ++i) writer.write({{"key" + std::to_string(i * 37 % 100), "newer"}});
  writer.write({{"key11", {}}});
  writer.reopen();  // a level-0 table of what was in the log
  writer.log({{"key0", "newest"}, {"key37", {}}});
  writer.log({{"logged", "1"}});
  writer.log({{"logged", "2"}, {"", "empty"}});
  writer.log({{"key74", "newest"}});
  engine->close();
  small.files = read_image(path);
  return small;
}

bool is_log(const std::string& name) { return name.ends_with(".log"); }

/// What a person needs in order to find the damage: a table by its number; a store whose MANIFEST
/// or CURRENT is damaged, by a file that is missing then.
bool names_file(const std::string& message, const std::string& name) {
  if (message.find(name.substr(0, 6)) != std::string::npos) return true;
  return (name == "CURRENT" || name.starts_with("MANIFEST")) &&
         (message.find("MANIFEST") != std::string::npos ||
          message.find("CURRENT") != std::string::npos ||
          message.find(".ldb") != std::string::npos ||
          message.find("table 0") != std::string::npos);
}

/// How reads differ from every one of the states; empty when they agree with one, or say that they
/// fail and name the file.
class Judge {
 public:
  Judge(const Small& small, std::string name, std::vector<const Reference*> allowed)
      : small_(small), name_(std::move(name)), allowed_(std::move(allowed)) {}

  std::string judge(const Image& files, bool paranoid) const {
    ImageStore store(files, {.block_size = 1024}, paranoid);
    if (!store.opened().ok()) {
      if (store.now() != files)
        return "not opened, and files have changed: " + message(store.opened());
      return failure(store.opened());
    }
    std::string wrong;
    for (const Reference* state : allowed_) {
      const std::string differs = read(store.db(), *state);
      if (differs.empty()) return {};
      wrong += "\n  " + differs;
    }
    return "opened, and reads are wrong:" + wrong;
  }

 private:
  static std::string message(const Status& status) { return status.to_string(); }
  [[nodiscard]] std::string failure(const Status& status) const {
    const std::string text = message(status);
    return names_file(text, name_) ? "" : "the message names another file: " + text;
  }
  std::string read(Db& db, const Reference& state) const {
    for (const bool reverse : {false, true}) {
      const Walked walked = walk(db, OrderKind::kBytewise, {}, reverse);
      std::string wrong = walked.status.ok() ? "" : failure(walked.status);
      if (walked.status.ok() && !(walked.found == state)) {
        wrong = "a walk found " + to_text(walked.found) + " instead of " + to_text(state);
      }
      for (const auto& entry : walked.found.map()) {
        const auto at = state.map().find(entry.first);
        if (at == state.map().end() || at->second != entry.second) {
          wrong = "a walk met " + escaped(entry.first) + "=" + escaped(entry.second);
        }
      }
      if (!wrong.empty()) return wrong;
    }
    for (const std::string& key : small_.keys) {
      const std::string wrong = get(db, state, key);
      if (!wrong.empty()) return wrong;
    }
    return {};
  }
  std::string get(Db& db, const Reference& state, const std::string& key) const {
    const auto value = db.get(key);
    if (!value.ok()) return failure(value.status());
    const auto at = state.map().find(key);
    const bool same =
        at == state.map().end() ? !value->has_value() : value->has_value() && **value == at->second;
    return same ? "" : "get " + escaped(key) + " gave " + (*value ? escaped(**value) : "nothing");
  }

  const Small& small_;
  const std::string name_;
  const std::vector<const Reference*> allowed_;
};

class Damage : public ::testing::TestWithParam<EngineKind> {
 protected:
  void expect_no_harm(const std::string& name, std::string bytes,
                      const std::vector<const Reference*>& allowed) {
    Image files = small_.files;
    files[name] = std::move(bytes);
    for (const bool paranoid : {false, true}) {
      if (paranoid && !is_log(name)) continue;
      const std::string wrong = Judge(small_, name, allowed).judge(files, paranoid);
      EXPECT_EQ(wrong, "") << (paranoid ? "paranoid" : "not paranoid");
    }
  }
  /// A log that ends early is what a crash leaves: no reason to refuse.
  void expect_opens(const std::string& name, std::string bytes) {
    Image files = small_.files;
    files[name] = std::move(bytes);
    for (const bool paranoid : {false, true}) {
      const ImageStore store(files, {}, paranoid);
      EXPECT_TRUE(store.opened().ok()) << store.opened().to_string();
    }
  }
  /// The states when the log's bytes from `offset` on are in doubt.
  [[nodiscard]] const Reference* whole_before(std::uint64_t offset) const {
    std::size_t records = 0;
    while (records < small_.ends.size() && small_.ends[records] <= offset) ++records;
    return &small_.after[records];
  }

  const Small small_ = make_small(GetParam());
};

TEST_P(Damage, TheSmallStoreIsWhatTheTestsNeed) {
  std::size_t tables = 0;
  for (const auto& file : small_.files) tables += file.first.ends_with(".ldb") ? 1 : 0;
  EXPECT_EQ(tables, 2u);
  ASSERT_EQ(small_.ends.size(), 4u);
  const Judge judge(small_, "none", {&small_.after.back()});
  EXPECT_EQ(judge.judge(small_.files, true), "");
  Reference wrong = small_.after.back();
  wrong.put("key0", "other");
  EXPECT_NE(Judge(small_, "none", {&wrong}).judge(small_.files, true), "");
}

TEST_P(Damage, CutAtEveryByte) {
  for (const auto& [name, bytes] : small_.files) {
    for (std::size_t size = 0; size < bytes.size(); size += kPart) {
      SCOPED_TRACE(name + " cut to " + std::to_string(size) + " of " +
                   std::to_string(bytes.size()));
      const Reference* state = is_log(name) ? whole_before(size) : &small_.after.back();
      expect_no_harm(name, bytes.substr(0, size), {state});
      if (is_log(name)) expect_opens(name, bytes.substr(0, size));
    }
  }
}

TEST_P(Damage, FlippedInEveryByte) {
  for (const auto& [name, bytes] : small_.files) {
    for (std::size_t at = 0; at < bytes.size(); at += kPart) {
      for (const int mask : {0x01, 0x80, 0xff}) {
        SCOPED_TRACE(name + ", byte " + std::to_string(at) + " of " + std::to_string(bytes.size()) +
                     " xor " + std::to_string(mask));
        std::string flipped = bytes;
        flipped[at] = static_cast<char>(flipped[at] ^ mask);
        std::vector<const Reference*> allowed{&small_.after.back()};
        const std::size_t last = small_.ends.size() - 1;
        if (is_log(name) && at >= small_.ends[last - 1]) allowed.push_back(&small_.after[last]);
        expect_no_harm(name, std::move(flipped), allowed);
      }
    }
  }
}

/// Law 5: on doubt an error, and every other file stays.
TEST_P(Damage, EachFileMissing) {
  for (const auto& file : small_.files) {
    SCOPED_TRACE(file.first + " is missing");
    Image files = small_.files;
    files.erase(file.first);
    const ImageStore store(files, {}, false);
    EXPECT_FALSE(store.opened().ok());
    EXPECT_EQ(store.now(), files);
  }
}

INSTANTIATE_TEST_SUITE_P(WrittenBy, Damage,
                         ::testing::Values(EngineKind::kLoam, EngineKind::kLevelDb),
                         [](const auto& param) { return std::string(name_of(param.param)); });

}  // namespace
}  // namespace loam::test
