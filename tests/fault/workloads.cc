#include "tests/fault/workloads.h"

#include "tests/support/stacks.h"

namespace loam::test {
namespace {

constexpr bool kSync = true;
constexpr bool kNoSync = false;
constexpr bool kLarge = true;

void as_they_are(Options& /*options*/) {}

template <void (*kPrepare)(Options&)>
void encrypted(Options& options) {
  kPrepare(options);
  encrypt(options);
}

/// Writes with sync, without, large ones, and an empty one that syncs all before it.
Status puts(Rig& rig) {
  LOAM_TRY(rig.open());
  LOAM_TRY(rig.write(kSync));
  LOAM_TRY(rig.write(kNoSync));
  LOAM_TRY(rig.write(kNoSync));
  LOAM_TRY(rig.write(kSync));
  LOAM_TRY(rig.write(kNoSync, kLarge));
  LOAM_TRY(rig.write(kNoSync));
  LOAM_TRY(rig.sync());
  LOAM_TRY(rig.write(kSync, kLarge));
  for (int i = 0; i < 6; ++i) LOAM_TRY(rig.write(kNoSync));
  LOAM_TRY(rig.write(kSync));
  return rig.close();
}

/// Logs that begin while earlier ones are neither synced nor flushed; flushed at the end.
Status rotations(Rig& rig) {
  LOAM_TRY(rig.open());
  LOAM_TRY(write_several_logs(rig));
  LOAM_TRY(rig.rotate());
  LOAM_TRY(rig.write(kNoSync));
  LOAM_TRY(rig.rotate());
  LOAM_TRY(rig.sync());  // nothing in the newest log yet: the earlier ones must be made durable
  LOAM_TRY(rig.write(kNoSync));
  LOAM_TRY(rig.run_background());
  LOAM_TRY(rig.write(kSync));
  return rig.flush();
}

/// A memtable at a time into a table; between them synced and unsynced writes.
Status flushes(Rig& rig) {
  LOAM_TRY(rig.open());
  for (int i = 0; i < 3; ++i) {
    LOAM_TRY(rig.write(kNoSync));
    LOAM_TRY(rig.write(kNoSync));
    LOAM_TRY(rig.flush());
    LOAM_TRY(rig.write(i == 1 ? kSync : kNoSync));
  }
  return rig.close();
}

/// Level 0 into level 1 and on, by itself and on demand; obsolete tables go.
Status compactions(Rig& rig) {
  LOAM_TRY(rig.open());
  for (int i = 0; i < 5; ++i) {
    LOAM_TRY(rig.write(kNoSync));
    LOAM_TRY(rig.write(kNoSync));
    LOAM_TRY(rig.write(i % 2 == 0 ? kSync : kNoSync));
    LOAM_TRY(rig.flush());
  }
  LOAM_TRY(rig.write(kNoSync));
  LOAM_TRY(rig.compact());
  LOAM_TRY(rig.write(kSync));
  return rig.compact();
}

void tiny_manifest(Options& options) {
  options.max_manifest_file_size = kKiB;
  options.compaction.level0_file_num_compaction_trigger = 100;  // so that the manifest grows
  options.compaction.level0_slowdown_writes_trigger = 100;
  options.compaction.level0_stop_writes_trigger = 100;
}

/// Edits enough for three manifests.
Status manifest_rolls(Rig& rig) {
  LOAM_TRY(rig.open());
  for (int i = 0; i < 12; ++i) {
    LOAM_TRY(rig.write(i % 4 == 0 ? kSync : kNoSync));
    LOAM_TRY(rig.flush());
  }
  return rig.write(kSync);
}

/// Recovery of synced, unsynced and flushed data, and writing on after it.
Status reopenings(Rig& rig) {
  for (int i = 0; i < 3; ++i) {
    LOAM_TRY(rig.open());
    LOAM_TRY(rig.write(kNoSync));
    LOAM_TRY(rig.write(i == 1 ? kNoSync : kSync));
    if (i == 1) LOAM_TRY(rig.flush());
    LOAM_TRY(rig.write(kNoSync));
    LOAM_TRY(rig.close());
  }
  LOAM_TRY(rig.open());
  return rig.write(kSync);
}

void reuse_logs(Options& options) { options.reuse_logs = true; }

void leveldb(Options& options) {
  options.format = Format::kLevelDb;
  options.max_open_files = 100;
}

void leveldb_reused_logs(Options& options) {
  leveldb(options);
  reuse_logs(options);
}

void sync_always(Options& options) { options.wal.sync = WalSync::kAlways; }

Status plain_puts(Rig& rig) {
  LOAM_TRY(rig.open());
  for (int i = 0; i < 8; ++i) {
    LOAM_TRY(rig.write(kNoSync));
    if (i % 3 == 2) LOAM_TRY(rig.rotate());
  }
  return rig.run_background();
}

void no_log(Options& options) { options.wal.enabled = false; }

/// Without a log the flush alone makes data durable, and so does a close.
Status unlogged(Rig& rig) {
  LOAM_TRY(rig.open());
  for (int i = 0; i < 3; ++i) {
    LOAM_TRY(rig.write(kNoSync));
    LOAM_TRY(rig.write(kNoSync));
    LOAM_TRY(rig.flush());
    LOAM_TRY(rig.write(kNoSync));
  }
  LOAM_TRY(rig.close());
  rig.history().made_durable();
  LOAM_TRY(rig.open());
  LOAM_TRY(rig.write(kNoSync));
  return rig.flush();
}

void sync_at_intervals(Options& options) {
  options.wal.sync = WalSync::kInterval;
  options.wal.sync_interval_us = 1000;
}

/// What was acknowledged before the clock passed an interval is durable, across logs too.
Status intervals(Rig& rig) {
  LOAM_TRY(rig.open());
  for (int i = 0; i < 4; ++i) {
    LOAM_TRY(rig.write(kNoSync));
    LOAM_TRY(rig.write(kNoSync));
    if (i == 2) LOAM_TRY(rig.rotate());
    LOAM_TRY(rig.advance_us(1000));
    rig.history().made_durable();
  }
  return rig.write(kNoSync);
}

void manual_wal(Options& options) { options.wal.manual_wal_flush = true; }

/// Buffered records, and each of the ways by which they become durable.
Status manual_wal_flushes(Rig& rig) {
  LOAM_TRY(rig.open());
  LOAM_TRY(rig.write(kNoSync));
  LOAM_TRY(rig.db().flush_wal(false));
  LOAM_TRY(rig.write(kNoSync));
  LOAM_TRY(rig.sync_wal());
  LOAM_TRY(rig.write(kNoSync));
  LOAM_TRY(rig.write(kNoSync, kLarge));
  LOAM_TRY(rig.write(kSync));  // and with it what precedes it
  LOAM_TRY(rig.write(kNoSync));
  LOAM_TRY(rig.rotate());
  LOAM_TRY(rig.write(kNoSync));
  LOAM_TRY(rig.sync_wal());  // of the log before too
  LOAM_TRY(rig.write(kNoSync));
  LOAM_TRY(rig.flush());
  LOAM_TRY(rig.write(kNoSync));
  LOAM_TRY(rig.close());
  LOAM_TRY(rig.open());
  LOAM_TRY(rig.write(kNoSync));
  return rig.sync_wal();
}

}  // namespace

void encrypt(Options& options) {
  options.file_system = make(
      *options.registry, kind::kFileSystem, "encrypted",
      {{"base", options.file_system}, {"key", SecretBytes{"a key of thirty-two bytes, or more"}}});
}

Status write_several_logs(Rig& rig) {
  LOAM_TRY(rig.write(kSync));
  LOAM_TRY(rig.write(kNoSync));
  LOAM_TRY(rig.write(kNoSync, kLarge));
  LOAM_TRY(rig.rotate());
  LOAM_TRY(rig.write(kNoSync));
  LOAM_TRY(rig.write(kNoSync, kLarge));
  LOAM_TRY(rig.rotate());
  LOAM_TRY(rig.write(kNoSync));
  LOAM_TRY(rig.write(kSync));
  LOAM_TRY(rig.rotate());
  LOAM_TRY(rig.write(kNoSync));
  return rig.write(kNoSync);
}

std::vector<Workload> workloads() {
  return {
      {"puts", as_they_are, puts},
      {"rotations", as_they_are, rotations},
      {"flushes", as_they_are, flushes},
      {"compactions", as_they_are, compactions},
      {"manifest_rolls", tiny_manifest, manifest_rolls},
      {"reopenings", as_they_are, reopenings},
      {"reused_logs", reuse_logs, reopenings},
      {"sync_always", sync_always, plain_puts},
      {"no_log", no_log, unlogged},
      {"intervals", sync_at_intervals, intervals},
      {"leveldb_puts", leveldb, puts, true},
      {"leveldb_rotations", leveldb, rotations, true},
      {"leveldb_flushes", leveldb, flushes, true},
      {"leveldb_compactions", leveldb, compactions, true},
      {"leveldb_reopenings", leveldb, reopenings, true},
      {"leveldb_reused_logs", leveldb_reused_logs, reopenings, true},
      {"leveldb_reused_rotations", leveldb_reused_logs, rotations, true},
      {"manual_wal", manual_wal, manual_wal_flushes},
      {"encrypted_puts", encrypt, puts},
      {"encrypted_rotations", encrypt, rotations},
      {"encrypted_flushes", encrypt, flushes},
      {"encrypted_reopenings", encrypt, reopenings},
      {"encrypted_sync_always", encrypted<sync_always>, plain_puts},
      {"encrypted_leveldb_puts", encrypted<leveldb>, puts, true},
  };
}

}  // namespace loam::test
