#include "tests/damage/victim.h"

#include <stdexcept>
#include <utility>

namespace loam::test {
namespace {

constexpr int kKeys = 20;

std::string key_of(int i) { return "key" + std::to_string(100 + i % kKeys * 2); }

/// Writes and remembers.
class Writing {
 public:
  explicit Writing(bool wal) {
    victim_.states.emplace_back();
    victim_.wal = wal;
    disk_.options.wal.enabled = wal;
    must(disk_.open());
  }

  /// Puts of keys from `first` on, in steps of 3; every seventh is a delete; each fifth write is a
  /// batch of three.
  void write(int first, int count, bool sync = false) {
    for (int i = 0; i < count; ++i) {
      WriteBatch batch;
      Reference state = victim_.states.back();
      const int at = first + i * 3;
      for (int j = 0; j < (i % 5 == 4 ? 3 : 1); ++j) change(batch, state, key_of(at + j));
      WriteOptions how;
      how.sync = sync;
      must(disk_.db().write(batch, how));
      victim_.states.push_back(std::move(state));
    }
  }
  void flush() {
    rotate();
    disk_.environment().run_until_idle();
  }
  void rotate() { must(disk_.db().flush(false)); }
  void compact() {
    flush();
    must(disk_.db().compact_range());
    disk_.environment().run_until_idle();
  }
  [[nodiscard]] std::size_t now() const { return victim_.everything(); }
  Victim& victim() { return victim_; }

  Victim closed() {
    must(disk_.close());
    return killed();
  }
  /// As a process leaves it that is killed now.
  Victim killed() {
    victim_.image = disk_.image();
    for (const auto& [name, bytes] : victim_.image) {
      if (name.ends_with(".log")) victim_.newest_log = name;  // they come in order
    }
    return std::move(victim_);
  }

 private:
  void change(WriteBatch& batch, Reference& state, const std::string& key) {
    const std::string value = "the value of stamp " + std::to_string(++stamp_);
    if (stamp_ % 7 == 0) {
      batch.remove(key);
      state.remove(key);
    } else {
      batch.put(key, value);
      state.put(key, value);
    }
  }
  static void must(const Status& status) {
    if (!status.ok()) throw std::runtime_error(status.to_string());
  }

  Disk disk_;
  Victim victim_;
  int stamp_ = 0;
};

/// Tables of two levels, of which the upper one hides keys of the lower.
void write_two_levels(Writing& w) {
  w.write(0, 20);
  w.compact();
  w.write(5, 8);
  w.flush();
}

Victim closed_with_a_log() {
  Writing w(true);
  write_two_levels(w);
  w.write(1, 3);
  w.write(2, 3, true);
  w.victim().least_flipped = w.victim().least_cut = w.now();
  w.write(3, 4);
  w.victim().least_cut_manifest = w.now();
  return w.closed();
}

Victim closed_right_after_a_sync() {
  Writing w(true);
  write_two_levels(w);
  w.write(1, 2);
  w.write(2, 2, true);
  w.victim().least_flipped = w.victim().least_cut = w.now();
  w.victim().least_cut_manifest = w.now();
  return w.closed();
}

/// A first session without flush: the manifest's last edit is the one that names the log.
Victim closed_without_tables() {
  Writing w(true);
  w.write(2, 5, true);
  w.victim().least_flipped = w.victim().least_cut = w.now();
  w.victim().least_cut_manifest = w.now();
  w.write(9, 2);
  w.victim().least_cut_manifest = w.now();
  return w.closed();
}

/// What the log holds of synced writes is known from what follows them, so a cut that takes both
/// away cannot be told from the tail of a crash.
Victim killed_with_a_log() {
  Writing w(true);
  write_two_levels(w);
  w.victim().least_cut = w.now();
  w.write(1, 3, true);
  w.victim().least_flipped = w.now();
  w.write(3, 3);
  w.victim().least_cut_manifest = w.now();
  return w.killed();
}

/// Two logs whose memtables are in no table; the second says that the first was durable.
Victim killed_with_two_logs() {
  Writing w(true);
  write_two_levels(w);
  w.write(1, 2, true);
  w.write(2, 2);
  w.rotate();
  w.victim().least_cut = w.now();
  w.write(3, 2);
  w.write(4, 2, true);
  w.victim().least_flipped = w.now();
  w.write(5, 2);
  w.victim().least_cut_manifest = w.now();
  return w.killed();
}

/// Nothing but tables: the state before the last flush is whole, so that a manifest which ends
/// before its last edit looks like one whose last edit never came to be.
Victim closed_without_log() {
  Writing w(false);
  w.write(0, 20);
  w.compact();
  w.write(5, 4);
  w.victim().least_cut_manifest = 0;
  w.flush();
  return w.closed();
}

}  // namespace

std::vector<std::string> victim_keys() {
  std::vector<std::string> keys = {"", "key", "key099", "zzz"};
  for (int i = 0; i < kKeys * 2; ++i) keys.push_back("key" + std::to_string(100 + i));
  return keys;
}

std::vector<VictimKind> victim_kinds() {
  return {
      {"closed_with_a_log", closed_with_a_log},
      {"closed_right_after_a_sync", closed_right_after_a_sync},
      {"closed_without_tables", closed_without_tables},
      {"killed_with_a_log", killed_with_a_log},
      {"killed_with_two_logs", killed_with_two_logs},
      {"closed_without_log", closed_without_log},
  };
}

}  // namespace loam::test
