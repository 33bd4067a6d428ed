/// LMDB: a mapped B+-tree, without compression and checksums. MDB_WRITEMAP and MDB_NOSYNC give it
/// the durability of the others' unsynced logs: a commit survives the process, not a power cut.
#include <lmdb.h>

#include <filesystem>
#include <utility>

#include "bench/engines/kinds.h"
#include "bench/process.h"

namespace loam::bench {
namespace {

constexpr std::size_t kMapBytes = 64ull << 30;

MDB_val value_of(Bytes bytes) {
  // SAFETY: LMDB only reads keys and values that it is given; its interface has one type for both.
  return {bytes.size(), const_cast<char*>(bytes.data())};
}
Bytes bytes(const MDB_val& v) { return {static_cast<const char*>(v.mv_data), v.mv_size}; }

Status converted(int code) {
  if (code == 0) return {};
  return Status::io(std::string("lmdb: ") + ::mdb_strerror(code));
}

/// A read transaction with a cursor in it.
class MapCursor final : public Cursor {
 public:
  MapCursor(MDB_env* environment, MDB_dbi database) {
    code_ = ::mdb_txn_begin(environment, nullptr, MDB_RDONLY, &transaction_);
    if (code_ == 0) code_ = ::mdb_cursor_open(transaction_, database, &cursor_);
  }
  MapCursor(const MapCursor&) = delete;
  MapCursor& operator=(const MapCursor&) = delete;
  ~MapCursor() override {
    if (cursor_ != nullptr) ::mdb_cursor_close(cursor_);
    if (transaction_ != nullptr) ::mdb_txn_abort(transaction_);
  }

  [[nodiscard]] bool valid() const override { return code_ == 0; }
  void seek_to_first() override { move(MDB_FIRST); }
  void seek_to_last() override { move(MDB_LAST); }
  void seek(Bytes target) override {
    key_ = value_of(target);
    move(MDB_SET_RANGE);
  }
  void next() override { move(MDB_NEXT); }
  void prev() override { move(MDB_PREV); }
  [[nodiscard]] Bytes key() const override { return bytes(key_); }
  [[nodiscard]] Bytes value() const override { return bytes(value_); }
  [[nodiscard]] Status status() const override {
    return code_ == MDB_NOTFOUND ? Status() : converted(code_);
  }

 private:
  void move(MDB_cursor_op operation) {
    if (cursor_ != nullptr) code_ = ::mdb_cursor_get(cursor_, &key_, &value_, operation);
  }

  MDB_txn* transaction_ = nullptr;
  MDB_cursor* cursor_ = nullptr;
  MDB_val key_{};
  MDB_val value_{};
  int code_ = 0;
};

class MapSession final : public Session {
 public:
  MapSession(MDB_env* environment, MDB_dbi database)
      : environment_(environment), database_(database) {}
  MapSession(const MapSession&) = delete;
  MapSession& operator=(const MapSession&) = delete;
  ~MapSession() override {
    if (reading_ != nullptr) ::mdb_txn_abort(reading_);
  }

  Status put(Bytes key, Bytes value, bool sync) override {
    const Entry entry{key, value};
    LOAM_TRY(put_batch({&entry, 1}));
    return sync ? converted(::mdb_env_sync(environment_, 1)) : Status();
  }
  Status remove(Bytes key) override {
    MDB_txn* transaction = nullptr;
    LOAM_TRY(converted(::mdb_txn_begin(environment_, nullptr, 0, &transaction)));
    MDB_val k = value_of(key);
    const int code = ::mdb_del(transaction, database_, &k, nullptr);
    if (code != 0) ::mdb_txn_abort(transaction);
    if (code == MDB_NOTFOUND) return {};
    LOAM_TRY(converted(code));
    return converted(::mdb_txn_commit(transaction));
  }
  Status put_batch(std::span<const Entry> entries) override {
    MDB_txn* transaction = nullptr;
    LOAM_TRY(converted(::mdb_txn_begin(environment_, nullptr, 0, &transaction)));
    for (const Entry& entry : entries) {
      MDB_val key = value_of(entry.key);
      MDB_val value = value_of(entry.value);
      if (const int code = ::mdb_put(transaction, database_, &key, &value, 0); code != 0) {
        ::mdb_txn_abort(transaction);
        return converted(code);
      }
    }
    return converted(::mdb_txn_commit(transaction));
  }
  Result<bool> get(Bytes key, Bytes& value) override {
    LOAM_TRY(renew());
    return look_up(key, value);
  }
  Status get_many(std::span<const Bytes> keys, std::span<Bytes> values) override {
    LOAM_TRY(renew());
    for (std::size_t i = 0; i < keys.size(); ++i) {
      LOAM_TRY_ASSIGN(const bool found, look_up(keys[i], values[i]));
      if (!found) values[i] = Bytes();
    }
    return {};
  }
  std::unique_ptr<Cursor> cursor() override {
    return std::make_unique<MapCursor>(environment_, database_);
  }

 private:
  /// A transaction as of now; the values of the last one end here.
  Status renew() {
    if (reading_ == nullptr)
      return converted(::mdb_txn_begin(environment_, nullptr, MDB_RDONLY, &reading_));
    ::mdb_txn_reset(reading_);
    return converted(::mdb_txn_renew(reading_));
  }
  Result<bool> look_up(Bytes key, Bytes& value) {
    MDB_val k = value_of(key);
    MDB_val v{};
    const int code = ::mdb_get(reading_, database_, &k, &v);
    if (code == MDB_NOTFOUND) return false;
    LOAM_TRY(converted(code));
    value = bytes(v);
    return true;
  }

  MDB_env* environment_;
  MDB_dbi database_;
  MDB_txn* reading_ = nullptr;
};

class MapEngine final : public Engine {
 public:
  MapEngine() = default;
  MapEngine(const MapEngine&) = delete;
  MapEngine& operator=(const MapEngine&) = delete;
  ~MapEngine() override { close_environment(); }

  Status open(const std::string& path) {
    std::filesystem::create_directories(path);
    LOAM_TRY(converted(::mdb_env_create(&environment_)));
    LOAM_TRY(converted(::mdb_env_set_mapsize(environment_, kMapBytes)));
    const unsigned flags = MDB_WRITEMAP | MDB_NOSYNC | MDB_NOTLS | MDB_NORDAHEAD;
    LOAM_TRY(converted(::mdb_env_open(environment_, path.c_str(), flags, 0644)));
    MDB_txn* transaction = nullptr;
    LOAM_TRY(converted(::mdb_txn_begin(environment_, nullptr, 0, &transaction)));
    if (const int code = ::mdb_dbi_open(transaction, nullptr, 0, &database_); code != 0) {
      ::mdb_txn_abort(transaction);
      return converted(code);
    }
    return converted(::mdb_txn_commit(transaction));
  }

  std::unique_ptr<Session> session() override {
    return std::make_unique<MapSession>(environment_, database_);
  }
  Result<double> settle() override { return 0.0; }
  Status compact() override { return Status::not_supported("lmdb does not compact in place"); }
  std::uint64_t bytes_written() override { return dirtied_by_process(); }
  Status close() override {
    close_environment();
    return {};
  }

 private:
  void close_environment() {
    if (environment_ != nullptr) ::mdb_env_close(environment_);
    environment_ = nullptr;
  }

  MDB_env* environment_ = nullptr;
  MDB_dbi database_ = 0;
};

Result<std::unique_ptr<Engine>> open_lmdb(const std::string& /*variant*/, const std::string& path,
                                          const Settings& /*settings*/) {
  auto engine = std::make_unique<MapEngine>();
  LOAM_TRY(engine->open(path));
  return std::unique_ptr<Engine>(std::move(engine));
}

std::string describe_lmdb(const std::string& /*variant*/) {
  // SAFETY: only the address is looked at, to find the library that the function lies in.
  const auto* symbol = reinterpret_cast<const void*>(&::mdb_env_create);
  return std::string(::mdb_version(nullptr, nullptr, nullptr)) + ", " + assertions_of(symbol) +
         ", mapped (WRITEMAP, NOSYNC), no compression, no checksums, no block cache, no filter, no "
         "background jobs; written: pages dirtied";
}

}  // namespace

EngineKind lmdb_kind() { return {"lmdb", describe_lmdb, open_lmdb, false, false}; }

}  // namespace loam::bench
