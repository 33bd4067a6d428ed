// make_golden FOLDER: writes the golden directories with the real LevelDB. Run it only to add a
// case: what is committed is what stores out there look like.
#include <leveldb/db.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string_view>

#include "tests/golden/leveldb/cases.h"
#include "tests/golden/leveldb/expected.h"
#include "tests/interop/blocking_env.h"
#include "tests/interop/crash_copy.h"
#include "tests/interop/peer.h"

namespace loam::test {
namespace {

namespace fs = std::filesystem;

void need(const Status& status) {
  if (!status.ok()) throw std::runtime_error(status.to_string());
}

/// One directory being made.
class Maker {
 public:
  Maker(const GoldenCase& golden, const fs::path& folder)
      : shape_(golden.shape), db_(folder / "db"), reference_(golden.shape.order) {
    fs::remove_all(folder);
    fs::create_directories(folder);
  }

  void open(leveldb::Env* env = nullptr) {
    engine_ = make_peer(env);
    need(engine_->open(db_.string(), shape_));
  }
  void close() { engine_.reset(); }
  void write(const std::vector<Write>& writes) {
    need(engine_->write(writes, false));
    apply(writes, reference_);
  }
  void write_one(const std::string& key, std::optional<std::string> value) {
    write({Write{key, std::move(value)}});
  }
  /// Opening makes a level-0 table of the log.
  void flush() {
    close();
    open();
  }
  void compact() { need(engine_->compact(nullptr, nullptr)); }
  /// Keys of any bytes, values that compress and values that do not, an empty key and value.
  void fill(std::uint64_t seed, int count) {
    Random random(seed);
    for (int i = 0; i < count; ++i) {
      Random pool(random.below(400));
      const std::size_t size = pool.below(20);
      Write write{pool.bytes(size), {}};
      if (!random.one_in(6)) {
        write.value = random.bytes(random.below(60));
        if (!random.one_in(3)) write.value->assign(random.below(100), "abc"[random.below(3)]);
      }
      write_one(write.key, write.value);
    }
    write_one("", "the empty key");
    write_one(std::string(20, '\xff'), "");
  }

  [[nodiscard]] const fs::path& db() const { return db_; }
  [[nodiscard]] const Reference& reference() const { return reference_; }
  [[nodiscard]] const Shape& shape() const { return shape_; }

 private:
  const Shape shape_;
  const fs::path db_;
  Reference reference_;
  std::unique_ptr<Engine> engine_;
};

/// A table on a deep level, one above it, and a log.
void make_usual(Maker& maker) {
  maker.open();
  maker.fill(1, 300);
  maker.compact();
  maker.fill(2, 60);
  maker.flush();
  maker.fill(3, 20);
  maker.close();
}

void make_only_log(Maker& maker) {
  maker.open();
  maker.fill(4, 40);
  maker.close();
}

void make_empty(Maker& maker) {
  maker.open();
  maker.close();
}

void make_reused_log(Maker& maker) {
  for (std::uint64_t session = 0; session < 3; ++session) {
    maker.open();
    maker.fill(10 + session, 20);
    maker.close();
  }
}

/// Many entries a batch, so that the memtable fills long before the log is large.
void make_live_logs(Maker& maker) {
  Gate gate;
  BlockingEnv env(gate);
  maker.open(&env);
  Random random(5);
  while (names_ending(maker.db(), ".log").size() < 2) {
    std::vector<Write> writes;
    for (int i = 0; i < 100; ++i) {
      const std::size_t size = 1 + random.below(2);
      writes.push_back({random.bytes(size), "v"});
    }
    maker.write(writes);
  }
  maker.fill(6, 20);
  const fs::path copy = maker.db().parent_path() / "copy";
  fs::copy(maker.db(), copy);
  gate.open();
  maker.close();
  fs::remove_all(maker.db());
  fs::rename(copy, maker.db());
}

void make_sst_names(Maker& maker) {
  make_usual(maker);
  for (const std::string& name : names_ending(maker.db(), ".ldb")) {
    const fs::path table = maker.db() / name;
    fs::rename(table, fs::path(table).replace_extension(".sst"));
  }
}

void make_large_value(Maker& maker) {
  maker.open();
  maker.fill(7, 30);
  maker.write_one("large", std::string(200'000, 'z'));
  maker.flush();
  maker.close();
}

void make_deleted_keys(Maker& maker) {
  maker.open();
  maker.fill(8, 150);
  maker.compact();
  std::vector<Write> deletions;
  for (const auto& entry : maker.reference().map()) {
    if (deletions.size() % 3 == 0) deletions.push_back({entry.first, {}});
    deletions.push_back({entry.first + "?", {}});
  }
  maker.write(deletions);
  maker.flush();
  maker.write_one("", {});
  maker.close();
}

void make_repaired(Maker& maker) {
  make_usual(maker);
  fs::remove(maker.db() / "CURRENT");
  const PeerOptions options(maker.shape());
  need(from_peer(leveldb::RepairDB(maker.db().string(), options.options)));
  fs::remove_all(maker.db() / "lost");
}

std::function<void(Maker&)> recipe(std::string_view name) {
  if (name == "live_logs") return make_live_logs;
  if (name == "reused_log") return make_reused_log;
  if (name == "sst_names") return make_sst_names;
  if (name == "large_value") return make_large_value;
  if (name == "deleted_keys") return make_deleted_keys;
  if (name == "only_log") return make_only_log;
  if (name == "empty") return make_empty;
  if (name == "repaired") return make_repaired;
  return make_usual;
}

void make_all(const fs::path& folder) {
  for (const GoldenCase& golden : kGoldenCases) {
    const fs::path place = folder / golden.name;
    Maker maker(golden, place);
    recipe(golden.name)(maker);
    for (const char* name : {"LOCK", "LOG", "LOG.old"}) fs::remove(maker.db() / name);
    std::ofstream(place / "expected.txt", std::ios::binary) << expected_text(maker.reference());
  }
}

}  // namespace
}  // namespace loam::test

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "make_golden FOLDER\n");
    return 2;
  }
  try {
    loam::test::make_all(argv[1]);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "make_golden: %s\n", e.what());
    return 1;
  }
  return 0;
}
